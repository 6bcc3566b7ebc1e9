#include "har/inject.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LARGEST 1000000000

typedef enum kind { STATUS, LIMITED, HTML, EMPTY, MALFORMED, NOT_ROWS, NO_ROWS, NO_HEADER, AGAIN, CODE } kind;

static const struct {
  const char *name, *value; /* what stands behind `=`; NULL: nothing does */
  kind kind;
  long default_value; /* -1: it must be given */
} kinds[] = {
    {"status", "N", STATUS, -1},
    {"limited", "SECONDS", LIMITED, 60},
    {"html", "STATUS", HTML, 200},
    {"empty", NULL, EMPTY, 0},
    {"malformed", NULL, MALFORMED, 0},
    {"not_rows", NULL, NOT_ROWS, 0},
    {"no_rows", NULL, NO_ROWS, 0},
    {"no_header", "NAME", NO_HEADER, 0},
    {"again", NULL, AGAIN, 0},
    {"cut", NULL, CODE, HTTP_CUT},
    {"stall", NULL, CODE, HTTP_STALL},
    {"timeout", NULL, CODE, HTTP_TIMEOUT},
    {"connect", NULL, CODE, HTTP_CONNECT},
    {"dns", NULL, CODE, HTTP_DNS},
    {"tls", NULL, CODE, HTTP_TLS},
};
#define KINDS (sizeof kinds / sizeof *kinds)

typedef struct fault {
  const char *spec, *stream;
  size_t stream_length;
  long page, times;
  size_t number_of; /* in the list */
  kind kind;
  long number;      /* its value, or an http_code */
  const char *name; /* of a header: to the spec's end */
  bool struck;
  struct fault *next;
} fault;

/* What a stream has been answered so far. */
typedef struct asker {
  bytes name;
  long answered;
  long *struck; /* how often each fault has struck it */
  long status;
  bytes headers, body; /* the last answer, for `again` */
  struct asker *next;
} asker;

struct faults {
  fault *list;
  size_t count;
  asker *askers;
};

/* ---- reading them */

bool faults_kinds(bytes *out, size_t a_line) {
  bool ok = true;
  for (size_t i = 0; ok && i < KINDS; i++) {
    const char *before = !i ? "" : a_line && i % a_line == 0 ? ",\n  " : ", ";
    ok = bytes_printf(out, "%s%s%s%s", before, kinds[i].name, kinds[i].value ? "=" : "",
                      kinds[i].value ? kinds[i].value : "");
  }
  return ok;
}

static bool read_number(const char *text, size_t length, long *number) {
  char *end;
  long value = length ? strtol(text, &end, 10) : 0;
  if (value <= 0 || value > LARGEST || end != text + length) return false;
  *number = value;
  return true;
}

/* A whole KIND or KIND=VALUE; NULL, or what is wrong with it. */
static const char *read_kind(fault *f, const char *word, size_t length) {
  size_t name = 0;
  while (name < length && word[name] != '=') name++;
  const char *value = name < length ? word + name + 1 : NULL;
  size_t value_length = value ? length - name - 1 : 0;
  for (size_t i = 0; i < KINDS; i++) {
    if (strlen(kinds[i].name) != name || strncmp(kinds[i].name, word, name) != 0) continue;
    f->kind = kinds[i].kind;
    f->number = kinds[i].default_value;
    f->name = value;
    if (!kinds[i].value) return value ? "this kind takes no value" : NULL;
    if (f->kind == NO_HEADER) return value_length && !word[length] ? NULL : "no_header=NAME must come last";
    if (value ? !read_number(value, value_length, &f->number) : f->number < 0)
      return "its value must be a number above 0";
    bool status = f->kind == STATUS || f->kind == HTML;
    return status && (f->number < 100 || f->number > 999) ? "a status has three digits" : NULL;
  }
  return "there is no such kind";
}

static const char *read_part(fault *f, const char *word, size_t length, bool *known) {
  bool page = strncmp(word, "page=", 5) == 0, times = strncmp(word, "times=", 6) == 0;
  size_t skip = page ? 5 : 6;
  if (page || times)
    return read_number(word + skip, length - skip, page ? &f->page : &f->times) ? NULL
                                                                                : "page and times are numbers above 0";
  if (*known) return "it names two kinds";
  *known = true;
  return read_kind(f, word, length);
}

static const char *read_fault(fault *f) {
  const char *at = f->spec;
  bool known = false;
  f->stream = at;
  f->stream_length = strcspn(at, ":");
  if (!f->stream_length) return "the stream's name is missing";
  for (at += f->stream_length; *at == ':';) {
    size_t length = strcspn(++at, ":");
    const char *wrong = read_part(f, at, length, &known);
    if (wrong) return wrong;
    at += length;
  }
  if (known && f->kind == AGAIN && f->page < 2) return "again repeats the page before, so it needs page=2 or later";
  return known ? NULL : "it names no kind";
}

faults *faults_new(const char *const *specs, bytes *why) {
  faults *all = calloc(1, sizeof *all);
  fault **last = all ? &all->list : NULL;
  const char *wrong = all ? NULL : "memory is short";
  const char *const *spec = specs;
  for (; !wrong && *spec; spec++) {
    fault *f = calloc(1, sizeof *f);
    if (!f) break;
    *last = f;
    last = &f->next;
    f->spec = *spec;
    f->page = f->times = 1;
    f->number_of = all->count++;
    wrong = read_fault(f);
    if (wrong)
      bytes_printf(why,
                   "--fault %s: %s; it is written STREAM:page=N:times=N:KIND, page and times left out where "
                   "they are 1, and the kinds are ",
                   f->spec, wrong);
  }
  if (!wrong && !*spec) return all;
  if (wrong && all)
    faults_kinds(why, 0);
  else
    bytes_text(why, "memory is short");
  faults_free(all);
  return NULL;
}

void faults_rewind(faults *f) {
  while (f->askers) {
    asker *a = f->askers;
    f->askers = a->next;
    bytes_free(&a->name);
    bytes_free(&a->headers);
    bytes_free(&a->body);
    free(a->struck);
    free(a);
  }
}

void faults_free(faults *f) {
  if (!f) return;
  faults_rewind(f);
  while (f->list) {
    fault *one = f->list;
    f->list = one->next;
    free(one);
  }
  free(f);
}

/* ---- striking */

static asker *asker_of(faults *f, const char *name) {
  for (asker *a = f->askers; a; a = a->next)
    if (strcmp(a->name.data, name) == 0) return a;
  asker *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  a->struck = calloc(f->count, sizeof *a->struck);
  if (!a->struck || !bytes_text(&a->name, name)) {
    free(a->struck);
    free(a);
    return NULL;
  }
  a->next = f->askers;
  return f->askers = a;
}

static bool is_meant(const fault *f, const asker *a) {
  if (a->struck[f->number_of] >= f->times || f->page != a->answered + 1) return false;
  if (f->stream_length == 1 && *f->stream == '*') return true;
  return f->stream_length == a->name.length && memcmp(f->stream, a->name.data, f->stream_length) == 0;
}

static bool say(http_exchange *x, long status, const char *headers, const char *body) {
  x->status = status;
  bytes_clear(&x->headers);
  bytes_clear(&x->body);
  return bytes_printf(&x->headers, "HTTP/1.1 %ld\r\n%s\r\n", status, headers) && bytes_text(&x->body, body);
}

#define TYPE_JSON "Content-Type: application/json\r\n"
#define TYPE_HTML "Content-Type: text/html\r\n"

static bool say_limited(http_exchange *x, long seconds) {
  char headers[120];
  (void)snprintf(headers, sizeof headers, TYPE_JSON "Retry-After: %ld\r\n", seconds);
  return say(x, 429, headers, "{\"detail\":\"You are making requests too fast.\"}");
}

static bool replace_body(http_exchange *x, const char *body) {
  bytes_clear(&x->body);
  return bytes_text(&x->body, body);
}

/* Takes all lines of this header out. */
static void drop_header(bytes *headers, const char *name) {
  size_t length = strlen(name), kept = 0;
  for (size_t at = 0, end; at < headers->length; at = end) {
    const char *line = headers->data + at, *stop = memchr(line, '\n', headers->length - at);
    end = stop ? (size_t)(stop - headers->data) + 1 : headers->length;
    bool dropped = end - at > length && line[length] == ':' && strncasecmp(line, name, length) == 0;
    if (dropped) continue;
    memmove(headers->data + kept, line, end - at);
    kept += end - at;
  }
  headers->length = kept;
}

static bool say_again(http_exchange *x, const asker *a) {
  x->status = a->status;
  return bytes_append(&x->headers, a->headers.data, a->headers.length) &&
         bytes_append(&x->body, a->body.data, a->body.length);
}

/* The recorded answer, spoilt; it stays in the recording for the next request. */
static bool spoil(const fault *f, har_reader *r, http_exchange *x) {
  har_peek(r, x);
  if (x->code != HTTP_OK) return true;
  switch (f->kind) {
  case EMPTY: return replace_body(x, "");
  case NOT_ROWS: return replace_body(x, "{\"detail\":\"Internal Error\"}");
  case NO_ROWS: return replace_body(x, "[]");
  case NO_HEADER: drop_header(&x->headers, f->name); return true;
  default: x->body.length /= 2; return bytes_append(&x->body, "", 0);
  }
}

static bool strike(const fault *f, const asker *a, har_reader *r, http_exchange *x) {
  switch (f->kind) {
  case STATUS: return say(x, f->number, TYPE_JSON, "{\"detail\":\"A fault that was asked for.\"}");
  case LIMITED: return say_limited(x, f->number);
  case HTML: return say(x, f->number, TYPE_HTML, "<!doctype html><html><body>Sign in.</body></html>");
  case AGAIN: return say_again(x, a);
  case CODE:
    x->code = (http_code)f->number;
    (void)snprintf(x->message, sizeof x->message, "a fault that was asked for, --fault %.80s", f->spec);
    return true;
  default: return spoil(f, r, x);
  }
}

static bool note_answer(asker *a, const http_exchange *x) {
  a->answered++;
  a->status = x->status;
  bytes_clear(&a->headers);
  bytes_clear(&a->body);
  return bytes_append(&a->headers, x->headers.data, x->headers.length) &&
         bytes_append(&a->body, x->body.data, x->body.length);
}

int64_t faults_answer(faults *f, har_reader *r, http_exchange *x) {
  int64_t ended = INT64_MIN;
  asker *a = f->list ? asker_of(f, x->stream ? x->stream : "") : NULL;
  bool ok = a || !f->list;
  fault *one = a ? f->list : NULL;
  while (one && !is_meant(one, a)) one = one->next;
  if (one) {
    a->struck[one->number_of]++;
    one->struck = true;
    ok = strike(one, a, r, x);
    x->ended = x->started;
  } else if (ok) {
    ended = har_answer(r, x);
    if (a && x->code == HTTP_OK) ok = note_answer(a, x);
  }
  if (ok) return ended;
  x->code = HTTP_FAILED;
  (void)snprintf(x->message, sizeof x->message, "memory is short");
  return ended;
}

const char *faults_idle(const faults *f, bytes *asked) {
  for (const asker *a = f->askers; a; a = a->next)
    if (a->name.length) bytes_printf(asked, "%s%s", asked->length ? ", " : "", a->name.data);
  for (const fault *one = f->list; one; one = one->next)
    if (!one->struck) return one->spec;
  return NULL;
}
