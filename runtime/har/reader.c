#include "har/har.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/files.h"
#include "har/match.h"
#include "http/url.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LARGEST ((size_t)1 << 30) /* a file: it is read whole */

typedef struct entry {
  size_t method, target; /* in `names`, each with a zero byte behind it */
  json_slice value;      /* in `text` */
  int64_t began;         /* microseconds since 1970; INT64_MIN: not said */
  int64_t took;          /* milliseconds */
  bool used;
} entry;

struct har_reader {
  bytes text;
  bytes names;
  bytes first_url;
  entry *entries;
  size_t count, capacity;
  size_t fresh; /* all entries before this one are used */
};

/* What is asked for. */
typedef struct request {
  const char *method;
  bytes target;
} request;

/* ---- reading the file */

/* Appends path and query, and a zero byte. What is no URL stands for itself: asking for it failed, and fails again. */
static bool add_target(const char *url, bytes *out) {
  size_t start = out->length;
  if (url_path_and_query(url, out)) return bytes_append(out, "", 1);
  out->length = start;
  return bytes_append(out, url, strlen(url) + 1);
}

static bool add_entry(har_reader *r, entry e) {
  if (r->count == r->capacity) {
    size_t capacity = r->capacity ? r->capacity * 2 : 64;
    entry *entries = reallocarray(r->entries, capacity, sizeof *entries);
    if (!entries) return false;
    r->entries = entries;
    r->capacity = capacity;
  }
  r->entries[r->count++] = e;
  return true;
}

#define LONGEST 86400000 /* ms, of an exchange */

static void read_times(const har_reader *r, entry *e) {
  const char *text = r->text.data;
  json_slice began = json_member(text, e->value, "startedDateTime"), took = json_member(text, e->value, "time");
  bool said = json_type_of(text, began) == JSON_STRING && began.length > 2;
  if (!said || !clock_parse(text + began.start + 1, began.length - 2, &e->began)) e->began = INT64_MIN;
  double ms = json_type_of(text, took) == JSON_NUMBER ? strtod(text + took.start, NULL) : 0;
  e->took = ms > 0 && ms < LONGEST ? (int64_t)ms : 0;
}

/* NULL, or what is wrong with the entry. */
static const char *read_entry(har_reader *r, json_slice value) {
  const char *text = r->text.data;
  entry e = {.value = value, .method = r->names.length};
  json_slice method = json_path(text, value, "request.method"), url = json_path(text, value, "request.url");
  if (json_type_of(text, method) != JSON_STRING) return "it has no request.method";
  if (json_type_of(text, url) != JSON_STRING) return "it has no request.url";
  if (json_type_of(text, json_member(text, value, "response")) != JSON_OBJECT) return "it has no response";
  read_times(r, &e);
  bytes address = {0};
  bool ok = json_unescape(text, method, &r->names) && bytes_append(&r->names, "", 1);
  e.target = r->names.length;
  ok = ok && json_unescape(text, url, &address) && bytes_reserve(&address, 0) && add_target(address.data, &r->names) &&
       (r->count || bytes_text(&r->first_url, address.data)) && add_entry(r, e);
  bytes_free(&address);
  return ok ? NULL : "memory is short";
}

/* Appends what is wrong to `why`, with the place. */
static bool complain(const har_reader *r, const char *path, size_t offset, const char *reason, bytes *why) {
  size_t line, column;
  json_position(r->text.data, r->text.length, offset, &line, &column);
  bytes_printf(why, "the recording %s cannot be replayed: line %zu, column %zu: %s", path, line, column, reason);
  return false;
}

static bool read_entries(har_reader *r, const char *path, bytes *why) {
  const char *text = r->text.data;
  json_error error;
  if (!json_valid(text, r->text.length, (json_limits){.depth = JSON_MAX_DEPTH}, &error))
    return complain(r, path, error.offset, error.reason, why);
  json_slice root = json_root(text, r->text.length), entries = json_path(text, root, "log.entries");
  if (json_type_of(text, entries) != JSON_ARRAY)
    return complain(r, path, root.start, "it is no HTTP archive (HAR): it has no array log.entries", why);
  json_iterator it = json_iterate(text, entries);
  while (json_next(&it)) {
    const char *wrong = read_entry(r, it.value);
    if (!wrong) continue;
    complain(r, path, it.value.start, "entry", why);
    bytes_printf(why, " %zu is not usable: %s", r->count + 1, wrong);
    return false;
  }
  return true;
}

/* Some tools write a byte order mark, which the format tells readers to ignore. */
static void skip_mark(bytes *text) {
  if (text->length >= 3 && memcmp(text->data, "\xEF\xBB\xBF", 3) == 0) memset(text->data, ' ', 3);
}

har_reader *har_open(const char *path, bytes *why) {
  har_reader *r = calloc(1, sizeof *r);
  if (r && !*path) return r;
  const char *failure = r ? files_read(&r->text, path, LARGEST) : "memory is short";
  if (failure) {
    bytes_printf(why, "the recording %s cannot be read: %s", path, failure);
  } else {
    skip_mark(&r->text);
    if (bytes_reserve(&r->text, 0) && read_entries(r, path, why)) return r;
  }
  har_free(r);
  return NULL;
}

void har_free(har_reader *r) {
  if (!r) return;
  bytes_free(&r->text);
  bytes_free(&r->names);
  bytes_free(&r->first_url);
  free(r->entries);
  free(r);
}

/* ---- finding an entry */

static const char *method_of(const har_reader *r, const entry *e) {
  return r->names.data + e->method;
}

static const char *target_of(const har_reader *r, const entry *e) {
  return r->names.data + e->target;
}

static bool matches(const har_reader *r, const entry *e, const request *q, bool reordered) {
  if (strcmp(method_of(r, e), q->method) != 0) return false;
  const char *target = target_of(r, e);
  return reordered ? har_match_same(target, q->target.data) : strcmp(target, q->target.data) == 0;
}

static entry *find_unused(har_reader *r, const request *q, bool reordered) {
  while (r->fresh < r->count && r->entries[r->fresh].used) r->fresh++;
  for (size_t i = r->fresh; i < r->count; i++)
    if (!r->entries[i].used && matches(r, &r->entries[i], q, reordered)) return &r->entries[i];
  return NULL;
}

static size_t count_recorded(const har_reader *r, const request *q) {
  size_t count = 0;
  for (size_t i = 0; i < r->count; i++)
    if (matches(r, &r->entries[i], q, true)) count++;
  return count;
}

static const entry *nearest(const har_reader *r, const request *q) {
  const entry *best = NULL;
  size_t highest = 0;
  for (size_t i = 0; i < r->count; i++) {
    const entry *e = &r->entries[i];
    size_t score = har_match_likeness(target_of(r, e), q->target.data) * 2;
    if (strcmp(method_of(r, e), q->method) == 0) score++;
    if (best && score <= highest) continue;
    best = e;
    highest = score;
  }
  return best;
}

static void fail(http_exchange *x, http_code code, const char *message) {
  x->code = code;
  (void)snprintf(x->message, sizeof x->message, "%s", message);
}

#define SHOWN 120  /* bytes of a target in a message */
#define LEADING 30 /* of them, before the first difference */

/* Long targets often differ in their last bytes only, so what is shown starts near there. */
static void explain_missing(const har_reader *r, http_exchange *x, const request *q) {
  const entry *near = nearest(r, q);
  const char *asked = q->target.data, *other = near ? target_of(r, near) : "", *cut = "";
  size_t same = 0;
  while (asked[same] && asked[same] == other[same]) same++;
  if (same > LEADING && (strlen(asked) > SHOWN || strlen(other) > SHOWN)) {
    asked += same - LEADING;
    other += same - LEADING;
    cut = "...";
  }
  if (near)
    (void)snprintf(x->message, sizeof x->message,
                   "the recording has no %.10s %s%.*s; the nearest is %.10s %s%.*s; record anew to have it", q->method,
                   cut, SHOWN, asked, method_of(r, near), cut, SHOWN, other);
  else
    (void)snprintf(x->message, sizeof x->message,
                   "the recording has no %.10s %.*s: it is empty; record anew to have it", q->method, SHOWN, asked);
}

static void explain(const har_reader *r, http_exchange *x, const request *q) {
  x->code = HTTP_REPLAY;
  size_t count = count_recorded(r, q);
  if (count)
    (void)snprintf(x->message, sizeof x->message,
                   "%.10s %.*s was recorded %zu time%s, and is asked for once more; record anew to have it", q->method,
                   2 * SHOWN, q->target.data, count, count == 1 ? "" : "s");
  else
    explain_missing(r, x, q);
}

/* ---- answering */

static bool is_name(const bytes *text, const char *name) {
  return text->length == strlen(name) && strncasecmp(text->data, name, text->length) == 0;
}

/* These tell how the body came, not how it lies in the file. */
static bool is_about_transfer(const bytes *name, bool raw) {
  return is_name(name, "Content-Length") || is_name(name, "Transfer-Encoding") ||
         (!raw && is_name(name, "Content-Encoding"));
}

/* A line break in a file made by hand would let a value add headers of its own. */
static void flatten(bytes *line) {
  for (size_t i = 0; i < line->length; i++)
    if (line->data[i] == '\r' || line->data[i] == '\n' || line->data[i] == '\0') line->data[i] = ' ';
}

static bool add_header(const char *text, json_slice header, bool raw, bytes *out) {
  json_slice value = json_member(text, header, "value");
  bytes line = {0};
  bool ok = bytes_reserve(&line, 0) && json_unescape(text, json_member(text, header, "name"), &line);
  if (ok && line.length && !is_about_transfer(&line, raw)) {
    ok = bytes_text(&line, ": ") && json_unescape(text, value, &line);
    if (ok) flatten(&line);
    ok = ok && bytes_append(out, line.data, line.length) && bytes_text(out, "\r\n");
  }
  bytes_free(&line);
  return ok;
}

static bool add_headers(const char *text, json_slice response, long status, bool raw, bytes *out) {
  json_iterator it = json_iterate(text, json_member(text, response, "headers"));
  bool ok = bytes_printf(out, "HTTP/1.1 %ld\r\n", status);
  while (ok && json_next(&it)) ok = add_header(text, it.value, raw, out);
  return ok && bytes_text(out, "\r\n");
}

static bool add_body(const char *text, json_slice content, bytes *out) {
  json_slice body = json_member(text, content, "text");
  if (!json_string_is(text, json_member(text, content, "encoding"), "base64", 6)) return json_unescape(text, body, out);
  bytes encoded = {0};
  bool ok = json_unescape(text, body, &encoded) && base64_decode(encoded.data, encoded.length, out);
  bytes_free(&encoded);
  return ok;
}

static http_code code_of(const char *text, json_slice error) {
  json_slice word = json_member(text, error, "code");
  for (http_code code = HTTP_OK + 1; code <= HTTP_FAILED; code++) {
    const char *name = http_code_name(code);
    if (json_string_is(text, word, name, strlen(name))) return code;
  }
  return HTTP_FAILED;
}

static void fail_again(const char *text, json_slice error, http_exchange *x) {
  bytes message = {0};
  bool told = json_unescape(text, json_member(text, error, "message"), &message) && message.length;
  fail(x, code_of(text, error), told ? message.data : "the recording says that this failed, and not why");
  bytes_free(&message);
}

static void answer_from(const char *text, json_slice value, http_exchange *x) {
  json_slice response = json_member(text, value, "response"), error = json_member(text, value, "_error");
  json_slice number = json_member(text, response, "status"), content = json_member(text, response, "content");
  long status = json_type_of(text, number) == JSON_NUMBER ? strtol(text + number.start, NULL, 10) : 0;
  bool raw = json_type_of(text, json_member(text, content, "_raw")) == JSON_TRUE;
  if (json_type_of(text, error) == JSON_OBJECT || status < 100 || status > 999) {
    fail_again(text, error, x);
  } else if (!add_headers(text, response, status, raw, &x->headers)) {
    fail(x, HTTP_FAILED, "memory is short");
  } else if (!add_body(text, content, &x->body)) {
    fail(x, HTTP_FAILED, "the recording's body for this is not base64, or memory is short");
  } else {
    x->status = status;
  }
}

/* NULL: there is none, and the exchange has failed. */
static entry *answer(har_reader *r, http_exchange *x) {
  request q = {.method = x->method.data};
  entry *e = NULL;
  x->ended = x->started;
  if (add_target(x->request_url.data, &q.target)) {
    e = find_unused(r, &q, false);
    if (!e) e = find_unused(r, &q, true);
    if (e)
      answer_from(r->text.data, e->value, x);
    else
      explain(r, x, &q);
  } else {
    fail(x, HTTP_FAILED, "memory is short");
  }
  bytes_free(&q.target);
  return e;
}

int64_t har_answer(har_reader *r, http_exchange *x) {
  entry *e = answer(r, x);
  if (!e) return INT64_MIN;
  e->used = true;
  x->ended = x->started + e->took;
  return e->began == INT64_MIN ? INT64_MIN : e->began + e->took * 1000;
}

void har_peek(har_reader *r, http_exchange *x) {
  answer(r, x);
}

const char *har_first_url(const har_reader *r) {
  return r->count ? r->first_url.data : NULL;
}

int64_t har_begins(const har_reader *r) {
  int64_t first = INT64_MIN;
  for (size_t i = 0; i < r->count; i++)
    if (first == INT64_MIN || (r->entries[i].began != INT64_MIN && r->entries[i].began < first))
      first = r->entries[i].began;
  return first;
}
