#include "airbyte/sink.h"

#include "base/plural.h"
#include "json/json_string.h"
#include "json/json_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const sink_levels[] = {"FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", NULL};
const char *const sink_failure_types[] = {"config_error", "system_error", "transient_error", NULL};
const char *const sink_statuses[] = {"STARTED", "RUNNING", "COMPLETE", "INCOMPLETE", NULL};
const char *const sink_count_names[SINK_COUNTS] = {
    [SINK_REQUESTS] = "requests", [SINK_RECEIVED] = "received", [SINK_RETRIES] = "retries",   [SINK_WAITS] = "waits",
    [SINK_WAITED] = "waited_us",  [SINK_REPEATS] = "repeats",   [SINK_NEEDLESS] = "needless",
};

void sink_begin(sink *to, const sink_calls *calls, const secrets *store) {
  *to = (sink){.calls = calls, .store = store};
}

void sink_fail(sink *to, int error) {
  if (!to->error) to->error = error;
}

void sink_fail_saying(sink *to, int error, const char *text) {
  if (!to->error) to->failure = strdup(text);
  sink_fail(to, error);
}

const char *sink_failure(const sink *to) {
  if (!to->error) return NULL;
  return to->failure ? to->failure : strerror(to->error);
}

void sink_stream_fail(sink_stream *s, const char *text) {
  if (!s->failure) s->failure = strdup(text);
  if (!s->failure) sink_fail(s->to, ENOMEM);
}

const char *sink_stream_failure(const sink_stream *s) {
  return s->failure ? s->failure : sink_failure(s->to);
}

void sink_watch(sink *to, sink_watcher *watcher) {
  to->watcher = watcher;
}

int sink_broken(const sink *to) {
  return to->error;
}

void sink_flush(sink *to) {
  if (to->calls->flush) to->calls->flush(to);
}

/* ---- its streams */

static void drop_stream(sink_stream *s) {
  free(s->name);
  free(s->name_space);
  free(s->failure);
  free(s);
}

sink_stream *sink_open(sink *to, const char *name, const char *name_space) {
  sink_stream *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->to = to;
  s->name = strdup(name);
  s->name_space = name_space ? strdup(name_space) : NULL;
  if (!s->name || (name_space && !s->name_space) || (to->calls->open && !to->calls->open(s))) {
    drop_stream(s);
    return NULL;
  }
  s->next = to->streams;
  to->streams = s;
  return s;
}

void sink_free(sink *to) {
  if (!to) return;
  sink_flush(to);
  while (to->streams) {
    sink_stream *s = to->streams;
    to->streams = s->next;
    if (to->calls->close) to->calls->close(s);
    drop_stream(s);
  }
  free(to->failure);
  to->calls->free(to);
}

/* ---- texts for people: secrets that a server or a script repeats are masked; bytes that are no UTF-8 become U+FFFD */

static bool append_utf8(bytes *out, const char *p, size_t length) {
  const char *end = p + length, *good = p;
  bool ok = true;
  while (ok && p < end) {
    size_t size = json_utf8_size(p, (size_t)(end - p));
    p += size;
    if (size) continue;
    ok = bytes_append(out, good, (size_t)(p - good)) && bytes_text(out, "\xEF\xBF\xBD");
    good = ++p;
  }
  return ok && bytes_append(out, good, (size_t)(p - good));
}

/* Without memory the sink fails: no message may be dropped in silence. */
static bool masked(sink *to, const char *text, size_t length, bytes *out) {
  if (to->error) return false;
  bool ok = append_utf8(out, text, length) && secrets_mask(to->store, out);
  if (!ok) sink_fail(to, ENOMEM);
  return ok;
}

void sink_log(sink *to, const char *level, const char *message, size_t length) {
  bytes text = {0};
  if ((to->calls->log || to->watcher) && masked(to, message, length, &text)) {
    if (to->calls->log) to->calls->log(to, level, text.data, text.length);
    if (to->watcher) to->watcher->log(to->watcher, level, text.data, text.length);
  }
  bytes_wipe(&text);
}

void sink_connection_status(sink *to, bool succeeded, const char *message) {
  bytes text = {0};
  if (masked(to, message ? message : "", message ? strlen(message) : 0, &text)) {
    const char *clean = message ? text.data : NULL;
    if (to->calls->connection_status) to->calls->connection_status(to, succeeded, clean);
    if (to->watcher) to->watcher->connection_status(to->watcher, succeeded, clean);
  }
  bytes_wipe(&text);
}

bool sink_configuration(sink *to) {
  bytes config = {0};
  const bytes *text = secrets_config(to->store);
  if (to->error || !to->calls->configuration || !text->length) return false;
  bool ok = secrets_restore(to->store, text->data, text->length, &config);
  for (size_t i = 0; ok && i < config.length; i++) /* it is one line; these stand between tokens alone */
    if (config.data[i] == '\n' || config.data[i] == '\r') config.data[i] = ' ';
  if (ok) to->calls->configuration(to, config.data, config.length);
  if (!ok) sink_fail(to, ENOMEM);
  bytes_wipe(&config);
  sink_flush(to);
  return ok;
}

void sink_error(sink *to, const sink_stream *s, const char *failure_type, const char *message, const char *internal) {
  bytes text = {0}, more = {0};
  if (masked(to, message, strlen(message), &text) && (!internal || masked(to, internal, strlen(internal), &more))) {
    if (to->calls->error) to->calls->error(to, s, failure_type, text.data, internal ? more.data : NULL);
    if (to->watcher) to->watcher->error(to->watcher, s, text.data);
  }
  bytes_wipe(&text);
  bytes_wipe(&more);
}

int sink_last_words(sink *to, const sink_stream *s, const char *failure_type, const char *message, bytes *line) {
  return to->calls->last_words ? to->calls->last_words(to, s, failure_type, message, line) : -1;
}

static bool append_count(bytes *out, uint64_t count, const char *one, const char *many, const char *behind) {
  return bytes_printf(out, "%" PRIu64 " %s%s", count, plural(count, one, many), behind);
}

static bool summary_text(const sink_stream *s, const sink_summary *of, bytes *out) {
  const int64_t *n = of->counts;
  return bytes_printf(out, "%s: ", s->name) && append_count(out, s->records, "record", "records", ", ") &&
         append_count(out, s->record_bytes, "byte", "bytes", "; ") &&
         append_count(out, (uint64_t)n[SINK_REQUESTS], "request", "requests", ", ") &&
         append_count(out, (uint64_t)n[SINK_RECEIVED], "byte", "bytes", " received, ") &&
         append_count(out, (uint64_t)n[SINK_RETRIES], "retry", "retries", ", ") &&
         append_count(out, (uint64_t)n[SINK_WAITS], "wait", "waits", "") &&
         bytes_printf(out, " (%.1f s), ", (double)n[SINK_WAITED] / 1000000) &&
         append_count(out, (uint64_t)n[SINK_REPEATS], "repeat", "repeats", " dropped, ") &&
         append_count(out, (uint64_t)n[SINK_NEEDLESS], "response", "responses", " not needed; ") &&
         bytes_append(out, of->ended, of->ended_length);
}

void sink_summarize(sink_stream *s, const sink_summary *of) {
  bytes text = {0};
  bool told = s->to->calls->summary != NULL;
  if (told && masked(s->to, of->ended, of->ended_length, &text)) {
    sink_summary clean = *of;
    clean.ended = text.data;
    clean.ended_length = text.length;
    s->to->calls->summary(s, &clean);
  } else if (!told && summary_text(s, of, &text)) {
    sink_log(s->to, "INFO", text.data, text.length);
  } else if (!told) {
    sink_fail(s->to, ENOMEM);
  }
  bytes_wipe(&text);
}

/* Masking a secret such as 1234 may replace a number by a handle; the text is then no JSON, and is left out. */
void sink_observe(sink_stream *s, const char *json, size_t length) {
  bytes text = {0};
  json_error error;
  if (s->to->calls->observe && masked(s->to, json, length, &text) &&
      json_valid(text.data, text.length, (json_limits){.depth = JSON_MAX_DEPTH}, &error))
    s->to->calls->observe(s, text.data, text.length);
  bytes_wipe(&text);
}

/* ---- messages without texts for people */

void sink_spec(sink *to, const char *json, size_t length) {
  if (to->calls->spec && !to->error) to->calls->spec(to, json, length);
}

void sink_catalog(sink *to, const char *json, size_t length) {
  if (to->calls->catalog && !to->error) to->calls->catalog(to, json, length);
}

void sink_status(sink_stream *s, const char *status) {
  s->whole = s->whole || strcmp(status, "COMPLETE") == 0;
  s->ended = s->ended || s->whole || strcmp(status, "INCOMPLETE") == 0;
  if (s->to->calls->status && !s->to->error) s->to->calls->status(s, status);
  if (s->to->watcher && !s->to->error) s->to->watcher->status(s->to->watcher, s, status);
}

void sink_rate_limited(sink_stream *s, int64_t reset) {
  s->running = true;
  if (s->to->calls->rate_limited && !s->to->error) s->to->calls->rate_limited(s, reset);
  sink_flush(s->to);
}

void sink_estimate(sink_stream *s, uint64_t rows) {
  if (s->to->calls->estimate && !s->to->error) s->to->calls->estimate(s, rows);
}

static size_t count(const sink_records *of, uint64_t *size) {
  const char *text;
  size_t n = 0, row = 0, length;
  for (; sink_next(of, &row, &text, &length); n++) *size += length;
  return n;
}

size_t sink_write(sink_stream *s, const sink_records *of) {
  uint64_t size = 0;
  size_t n = count(of, &size);
  if (!n || s->to->error || s->failure) return 0;
  if (!s->running) sink_status(s, "RUNNING");
  s->running = true;
  s->records += n;
  s->since_state += n;
  s->record_bytes += size;
  if (s->to->calls->records) s->to->calls->records(s, of);
  return n;
}

/* The first text of an object, but for the seed, which is drawn by chance. */
static json_slice first_text(const char *json, json_slice object) {
  for (json_iterator it = json_iterate(json, object); json_next(&it);)
    if (json_type_of(json, it.value) == JSON_STRING && !json_string_is(json, it.key, "seed", 4)) return it.value;
  return (json_slice){0};
}

/* That of a state; where children follow their parent, that of the parent's, which stands in it. */
static json_slice cursor_of(const char *json, json_slice state) {
  json_slice own = first_text(json, state);
  return own.length ? own : first_text(json, json_member(json, state, "parent"));
}

/* The least cursor of the parts that one member holds; times of one form are in order as texts. */
static bool find_least(const char *json, json_slice parts, bytes *out) {
  bytes one = {0};
  bool ok = true;
  for (json_iterator it = json_iterate(json, parts); ok && json_next(&it);) {
    json_slice cursor = cursor_of(json, it.value);
    bytes_clear(&one);
    ok = !cursor.length || json_unescape(json, cursor, &one);
    if (ok && one.length && (!out->length || strcmp(one.data, out->data) < 0)) {
      bytes least = one;
      one = *out;
      *out = least;
    }
  }
  bytes_free(&one);
  return ok;
}

bool sink_state_cursor(const char *json, size_t length, bytes *out) {
  json_slice state = json_root(json, length), cursor = cursor_of(json, state);
  if (!cursor.length) cursor = json_member(json, json_member(json, state, "_shard"), "until");
  if (cursor.length) return json_unescape(json, cursor, out);
  return find_least(json, json_member(json, state, "projects"), out) &&
         find_least(json, json_member(json, state, "parents"), out);
}

void sink_state(sink_stream *s, const char *json, size_t length) {
  if (s->failure) return;
  if (s->to->calls->state && !s->to->error) s->to->calls->state(s, json, length);
  if (s->to->watcher && !s->to->error) s->to->watcher->state(s->to->watcher, s, json, length);
  s->since_state = 0;
  sink_flush(s->to);
}
