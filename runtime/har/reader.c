#include "har/reader.h"

#include "base/files.h"
#include "har/entry.h"
#include "har/match.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST ((size_t)1 << 30) /* a file: it is read whole */

struct har_reader {
  bytes text;
  bytes names;
  bytes first_url;
  har_entry *entries;
  size_t count, capacity;
  size_t fresh; /* all entries before this one are used */
};

typedef struct request {
  const char *method;
  bytes target;
  const bytes *payload;
} request;

/* ---- reading the file */

static bool add_entry(har_reader *r, har_entry e) {
  if (r->count == r->capacity) {
    size_t capacity = r->capacity ? r->capacity * 2 : 64;
    har_entry *entries = reallocarray(r->entries, capacity, sizeof *entries);
    if (!entries) return false;
    r->entries = entries;
    r->capacity = capacity;
  }
  r->entries[r->count++] = e;
  return true;
}

/* NULL, or what is wrong with the entry. */
static const char *read_entry(har_reader *r, json_slice value) {
  har_entry e;
  bytes url = {0};
  const char *wrong = har_entry_read(&e, r->text.data, value, &r->names, &url);
  bool ok = wrong || ((r->count || bytes_text(&r->first_url, url.data)) && add_entry(r, e));
  bytes_free(&url);
  return ok ? wrong : "memory is short";
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

/* Of the text that it has, unless that failed. */
static har_reader *finish(har_reader *r, const char *path, const char *failure, bytes *why) {
  if (failure) {
    bytes_printf(why, "the recording %s cannot be read: %s", path, failure);
  } else {
    skip_mark(&r->text);
    if (bytes_reserve(&r->text, 0) && read_entries(r, path, why)) return r;
  }
  har_reader_free(r);
  return NULL;
}

har_reader *har_reader_open(const char *path, bytes *why) {
  har_reader *r = calloc(1, sizeof *r);
  if (r && !*path) return r;
  return finish(r, path, r ? files_read(&r->text, path, LARGEST) : "memory is short", why);
}

har_reader *har_reader_of(const char *text, size_t length, bytes *why) {
  har_reader *r = calloc(1, sizeof *r);
  bool ok = r && bytes_append(&r->text, text, length);
  return finish(r, "at hand", ok ? NULL : "memory is short", why);
}

void har_reader_free(har_reader *r) {
  if (!r) return;
  bytes_free(&r->text);
  bytes_free(&r->names);
  bytes_free(&r->first_url);
  free(r->entries);
  free(r);
}

/* ---- finding an entry */

static const char *method_of(const har_reader *r, const har_entry *e) {
  return r->names.data + e->method;
}

static const char *target_of(const har_reader *r, const har_entry *e) {
  return r->names.data + e->target;
}

static bool is_of(const har_reader *r, const har_entry *e, const request *q, bool masked) {
  if (strcmp(method_of(r, e), q->method) != 0) return false;
  const char *target = target_of(r, e);
  return masked ? har_match_same(target, q->target.data) : strcmp(target, q->target.data) == 0;
}

static bool has_payload(const har_reader *r, const har_entry *e, const bytes *payload, bool masked) {
  const char *recorded = r->names.data + e->payload;
  if (masked) return har_match_payload(recorded, e->payload_length, payload->data, payload->length);
  return e->payload_length == payload->length &&
         (!payload->length || memcmp(recorded, payload->data, payload->length) == 0);
}

/* `masked`: a query in another order, and asterisks in place of what a recording masks, will do. */
static bool matches(const har_reader *r, const har_entry *e, const request *q, bool masked) {
  return is_of(r, e, q, masked) && has_payload(r, e, q->payload, masked);
}

static har_entry *find_unused(har_reader *r, const request *q, bool masked) {
  while (r->fresh < r->count && r->entries[r->fresh].used) r->fresh++;
  for (size_t i = r->fresh; i < r->count; i++)
    if (!r->entries[i].used && matches(r, &r->entries[i], q, masked)) return &r->entries[i];
  return NULL;
}

static size_t count_recorded(const har_reader *r, const request *q) {
  size_t count = 0;
  for (size_t i = 0; i < r->count; i++)
    if (matches(r, &r->entries[i], q, true)) count++;
  return count;
}

/* Is there one that differs by its payload alone? */
static bool has_other_payload(const har_reader *r, const request *q) {
  for (size_t i = 0; i < r->count; i++)
    if (is_of(r, &r->entries[i], q, true)) return true;
  return false;
}

static const har_entry *nearest(const har_reader *r, const request *q) {
  const har_entry *best = NULL;
  size_t highest = 0;
  for (size_t i = 0; i < r->count; i++) {
    const har_entry *e = &r->entries[i];
    size_t score = har_match_likeness(target_of(r, e), q->target.data) * 2;
    if (strcmp(method_of(r, e), q->method) == 0) score++;
    if (best && score <= highest) continue;
    best = e;
    highest = score;
  }
  return best;
}

#define SHOWN 120  /* bytes of a target in a message */
#define LEADING 30 /* of them, before the first difference */

/* Long targets often differ in their last bytes only, so what is shown starts near there. */
static void explain_missing(const har_reader *r, http_exchange *x, const request *q) {
  const har_entry *near = nearest(r, q);
  const char *wanted = q->target.data, *other = near ? target_of(r, near) : "", *cut = "";
  size_t same = 0;
  while (wanted[same] && wanted[same] == other[same]) same++;
  if (same > LEADING && (strlen(wanted) > SHOWN || strlen(other) > SHOWN)) {
    wanted += same - LEADING;
    other += same - LEADING;
    cut = "...";
  }
  if (near)
    (void)snprintf(x->message, sizeof x->message,
                   "the recording has no %.10s %s%.*s; the nearest is %.10s %s%.*s; record anew to have it", q->method,
                   cut, SHOWN, wanted, method_of(r, near), cut, SHOWN, other);
  else
    (void)snprintf(x->message, sizeof x->message,
                   "the recording has no %.10s %.*s: it is empty; record anew to have it", q->method, SHOWN, wanted);
}

static void explain(const har_reader *r, http_exchange *x, const request *q) {
  x->code = HTTP_REPLAY;
  size_t count = count_recorded(r, q);
  if (count)
    (void)snprintf(x->message, sizeof x->message,
                   "%.10s %.*s was recorded %zu time%s, and is asked for once more; record anew to have it", q->method,
                   2 * SHOWN, q->target.data, count, count == 1 ? "" : "s");
  else if (has_other_payload(r, q))
    (void)snprintf(x->message, sizeof x->message,
                   "the recording has %.10s %.*s with other bodies only, and not with this one; record anew to have it",
                   q->method, 2 * SHOWN, q->target.data);
  else
    explain_missing(r, x, q);
}

/* ---- responding */

/* NULL: there is none, and the exchange has failed. */
static har_entry *respond(har_reader *r, http_exchange *x) {
  request q = {.method = x->method.data, .payload = &x->payload};
  har_entry *e = NULL;
  x->ended = x->started;
  if (har_entry_add_target(x->request_url.data, &q.target)) {
    e = find_unused(r, &q, false);
    if (!e) e = find_unused(r, &q, true);
    if (e)
      har_entry_respond(e, r->text.data, x);
    else
      explain(r, x, &q);
  } else {
    x->code = HTTP_FAILED;
    (void)snprintf(x->message, sizeof x->message, "memory is short");
  }
  bytes_free(&q.target);
  return e;
}

int64_t har_reader_respond(har_reader *r, http_exchange *x) {
  har_entry *e = respond(r, x);
  if (!e) return INT64_MIN;
  e->used = true;
  x->ended = x->started + e->took;
  return e->began == INT64_MIN ? INT64_MIN : e->began + e->took * 1000;
}

void har_reader_peek(har_reader *r, http_exchange *x) {
  respond(r, x);
}

const char *har_reader_first_url(const har_reader *r) {
  return r->count ? r->first_url.data : NULL;
}

int64_t har_reader_begins(const har_reader *r) {
  int64_t first = INT64_MIN;
  for (size_t i = 0; i < r->count; i++)
    if (first == INT64_MIN || (r->entries[i].began != INT64_MIN && r->entries[i].began < first))
      first = r->entries[i].began;
  return first;
}
