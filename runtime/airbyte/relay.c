#include "airbyte/relay.h"

#include "json/json_value.h"

#include <string.h>

#define BATCH 128 /* records of one write */

/* A line that is being matched, from its start on; `end` may move towards it. */
typedef struct cursor {
  const char *at, *end;
} cursor;

static bool skip(cursor *c, const char *piece, size_t length) {
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, piece, length) != 0) return false;
  c->at += length;
  return true;
}

static bool skip_text(cursor *c, const char *piece) {
  return skip(c, piece, strlen(piece));
}

static bool skip_number(cursor *c, int64_t *number) {
  const char *start = c->at;
  *number = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
    int digit = *c->at - '0';
    if (*number > (INT64_MAX - digit) / 10) return false;
    *number = *number * 10 + digit;
  }
  return c->at > start;
}

/* Takes `before`, digits and `after` off the line's end. */
static bool cut(cursor *c, const char *before, const char *after) {
  size_t n = strlen(before), m = strlen(after);
  const char *p = c->end - m;
  if ((size_t)(c->end - c->at) < n + m || memcmp(p, after, m) != 0) return false;
  while (p > c->at && p[-1] >= '0' && p[-1] <= '9') p--;
  if ((size_t)(p - c->at) < n || p == c->end - m || memcmp(p - n, before, n) != 0) return false;
  c->end = p - n;
  return true;
}

static bool is_value(const cursor *c, char first) {
  json_error error;
  return c->at < c->end && *c->at == first &&
         json_valid(c->at, (size_t)(c->end - c->at), (json_limits){.depth = JSON_MAX_DEPTH}, &error);
}

/* ---- each kind of line */

static bool match_record(const airbyte_stream *s, cursor *c) {
  return skip(c, s->before.data, s->before.length) && cut(c, ",\"emitted_at\":", "}}") && is_value(c, '{');
}

static bool relay_state(airbyte_stream *s, cursor c) {
  if (!skip_text(&c, "{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":") ||
      !skip(&c, s->descriptor.data, s->descriptor.length) || !skip_text(&c, ",\"stream_state\":") ||
      !cut(&c, "},\"sourceStats\":{\"recordCount\":", ".0}}}") || !is_value(&c, '{'))
    return false;
  airbyte_state(s, c.at, (size_t)(c.end - c.at));
  return true;
}

static bool skip_trace(cursor *c, const char *type) {
  int64_t emitted_at;
  return skip_text(c, "{\"type\":\"TRACE\",\"trace\":{\"type\":\"") && skip_text(c, type) &&
         skip_text(c, "\",\"emitted_at\":") && skip_number(c, &emitted_at) && skip_text(c, ".0,");
}

/* RUNNING alone is not passed on: it goes out before the first record anyway. */
static bool relay_status(airbyte_stream *s, cursor c) {
  int64_t reset;
  if (!skip_trace(&c, "STREAM_STATUS") || !skip_text(&c, "\"stream_status\":{\"stream_descriptor\":") ||
      !skip(&c, s->descriptor.data, s->descriptor.length) || !skip_text(&c, ",\"status\":\"RUNNING\""))
    return false;
  if (c.end - c.at == 3 && skip_text(&c, "}}}")) return true;
  bool limited = skip_text(&c, ",\"reasons\":[{\"type\":\"RATE_LIMITED\",\"rate_limited\":{\"quota_reset\":") &&
                 skip_number(&c, &reset) && skip_text(&c, "}}]}}}") && c.at == c.end;
  if (limited) airbyte_rate_limited(s, reset);
  return limited;
}

/* The name stands in it as in the descriptor, which begins with the same member. */
static bool relay_estimate(airbyte_stream *s, cursor c) {
  int64_t rows;
  if (!skip_trace(&c, "ESTIMATE") || !skip_text(&c, "\"estimate\":") ||
      !skip(&c, s->descriptor.data, s->descriptor.length - 1) ||
      !skip_text(&c, ",\"type\":\"STREAM\",\"row_estimate\":") || !skip_number(&c, &rows) || !skip_text(&c, "}}}") ||
      c.at != c.end)
    return false;
  airbyte_estimate(s, (uint64_t)rows);
  return true;
}

static bool relay_log(airbyte *logs, cursor c) {
  if (!skip_text(&c, "{\"type\":\"LOG\",\"log\":{\"level\":\"")) return false;
  const char *const *level = airbyte_levels;
  while (*level && !skip_text(&c, *level)) level++;
  if (!*level || !skip_text(&c, "\",\"message\":") || c.end - c.at < 4 || memcmp(c.end - 2, "}}", 2) != 0) return false;
  c.end -= 2;
  bytes message = {0};
  bool ok = is_value(&c, '"') && json_unescape(c.at, (json_slice){0, (size_t)(c.end - c.at)}, &message);
  if (ok) airbyte_log(logs, *level, message.data ? message.data : "", message.length);
  bytes_free(&message);
  return ok;
}

static bool relay_other(airbyte *logs, airbyte_stream *s, cursor line) {
  return relay_log(logs, line) || (s && (relay_state(s, line) || relay_status(s, line) || relay_estimate(s, line)));
}

/* ---- many lines: records that follow each other go out in one write */

typedef struct batch {
  airbyte_stream *to;
  const char *text;
  json_slice rows[BATCH];
  size_t count;
} batch;

static void flush(batch *b) {
  if (b->count) airbyte_records(b->to, &(airbyte_rows){.text = b->text, .rows = b->rows, .count = b->count});
  b->count = 0;
}

static void add(batch *b, const cursor *c) {
  b->rows[b->count++] = (json_slice){(size_t)(c->at - b->text), (size_t)(c->end - c->at)};
  if (b->count == BATCH) flush(b);
}

const char *relay_line(airbyte *logs, airbyte_stream *s, const char *text, size_t length, size_t *taken) {
  batch records = {.to = s, .text = text};
  const char *at = text, *end = text + length, *stop;
  bool right = true;
  for (; right && at < end && (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1) {
    cursor line = {at, stop}, record = line;
    if (s && match_record(s, &record)) {
      add(&records, &record);
    } else {
      flush(&records);
      right = relay_other(logs, s, line);
    }
  }
  flush(&records);
  *taken = (size_t)(at - text);
  return right ? NULL : "it wrote a line that is no whole message of its stream";
}
