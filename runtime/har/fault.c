#include "har/fault.h"

#include "http/http_exchange.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST 1000000000

static const struct {
  const char *name, *value; /* what stands behind `=`; NULL: nothing does */
  har_fault_kind kind;
  long default_value; /* -1: it must be given */
} kinds[] = {
    {"status", "N", HAR_STATUS, -1},
    {"limited", "SECONDS", HAR_LIMITED, 60},
    {"html", "STATUS", HAR_HTML, 200},
    {"empty", NULL, HAR_EMPTY, 0},
    {"malformed", NULL, HAR_MALFORMED, 0},
    {"not_rows", NULL, HAR_NOT_ROWS, 0},
    {"no_rows", NULL, HAR_NO_ROWS, 0},
    {"no_header", "NAME", HAR_NO_HEADER, 0},
    {"again", NULL, HAR_AGAIN, 0},
    {"cut", NULL, HAR_CODE, HTTP_CUT},
    {"stall", NULL, HAR_CODE, HTTP_STALL},
    {"timeout", NULL, HAR_CODE, HTTP_TIMEOUT},
    {"connect", NULL, HAR_CODE, HTTP_CONNECT},
    {"dns", NULL, HAR_CODE, HTTP_DNS},
    {"tls", NULL, HAR_CODE, HTTP_TLS},
};
#define KINDS (sizeof kinds / sizeof *kinds)

bool har_fault_kinds(bytes *out, size_t per_line) {
  bool ok = true;
  for (size_t i = 0; ok && i < KINDS; i++) {
    const char *before = !i ? "" : per_line && i % per_line == 0 ? ",\n  " : ", ";
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

/* NULL, or what is wrong with a kind's value. */
static const char *read_value(har_fault *f, bool takes_value, const char *value, size_t length) {
  if (!takes_value) return value ? "this kind takes no value" : NULL;
  if (f->kind == HAR_NO_HEADER) {
    f->header = value;
    return length && !value[length] ? NULL : "no_header=NAME must come last";
  }
  if (value ? !read_number(value, length, &f->number) : f->number < 0) return "its value must be a number above 0";
  bool status = f->kind == HAR_STATUS || f->kind == HAR_HTML;
  return status && (f->number < 100 || f->number > 999) ? "a status has three digits" : NULL;
}

/* A whole KIND or KIND=VALUE; NULL, or what is wrong with it. */
static const char *read_kind(har_fault *f, const char *word, size_t length) {
  size_t name = 0;
  while (name < length && word[name] != '=') name++;
  const char *value = name < length ? word + name + 1 : NULL;
  for (size_t i = 0; i < KINDS; i++) {
    if (strlen(kinds[i].name) != name || strncmp(kinds[i].name, word, name) != 0) continue;
    f->kind = kinds[i].kind;
    f->number = kinds[i].default_value;
    return read_value(f, kinds[i].value, value, value ? length - name - 1 : 0);
  }
  return "there is no such kind";
}

static const char *read_part(har_fault *f, const char *word, size_t length, bool *known) {
  bool page = strncmp(word, "page=", 5) == 0, times = strncmp(word, "times=", 6) == 0;
  size_t skip = page ? 5 : 6;
  if (page || times)
    return read_number(word + skip, length - skip, page ? &f->page : &f->times) ? NULL
                                                                                : "page and times are numbers above 0";
  if (*known) return "it names two kinds";
  *known = true;
  return read_kind(f, word, length);
}

/* NULL, or what is wrong with it. */
static const char *read_all(har_fault *f) {
  const char *at = f->text;
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
  if (known && f->kind == HAR_AGAIN && f->page < 2) return "again repeats the page before, so it needs page=2 or later";
  return known ? NULL : "it names no kind";
}

bool har_fault_read(har_fault *f, const char *text, bytes *why) {
  *f = (har_fault){.text = text, .page = 1, .times = 1};
  const char *wrong = read_all(f);
  if (!wrong) return true;
  bytes_printf(why,
               "--fault %s: %s; it is written STREAM:page=N:times=N:KIND, page and times left out where "
               "they are 1, and the kinds are ",
               text, wrong);
  har_fault_kinds(why, 0);
  return false;
}

bool har_fault_is_for(const har_fault *f, const char *stream) {
  if (f->stream_length == 1 && *f->stream == '*') return true;
  return f->stream_length == strlen(stream) && memcmp(f->stream, stream, f->stream_length) == 0;
}
