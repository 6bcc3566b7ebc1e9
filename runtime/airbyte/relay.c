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

static bool skip_bytes(cursor *c, const bytes *piece) {
  return skip(c, piece->data, piece->length);
}

static bool match_record(const relay *r, cursor *c) {
  return skip_bytes(c, &r->pieces.record) && cut(c, LINE_RECORD_TIME, LINE_RECORD_END) && is_value(c, '{');
}

static bool relay_state(const relay *r, cursor c) {
  if (!skip_text(&c, LINE_STATE) || !skip_bytes(&c, &r->pieces.descriptor) || !skip_text(&c, LINE_STATE_DATA) ||
      !cut(&c, LINE_STATE_COUNT, LINE_STATE_END) || !is_value(&c, '{'))
    return false;
  sink_state(r->stream, c.at, (size_t)(c.end - c.at));
  return true;
}

static bool skip_trace(cursor *c, const char *type) {
  int64_t emitted_at;
  return skip_text(c, LINE_TRACE) && skip_text(c, type) && skip_text(c, LINE_TRACE_TIME) &&
         skip_number(c, &emitted_at) && skip_text(c, LINE_TRACE_DATA);
}

static bool skip_end(cursor *c, const char *piece) {
  return skip_text(c, piece) && c->at == c->end;
}

/* RUNNING alone is not passed on: it goes out before the first record anyway. */
static bool relay_status(const relay *r, cursor c) {
  int64_t reset;
  if (!skip_trace(&c, LINE_STATUS) || !skip_text(&c, LINE_STATUS_STREAM) || !skip_bytes(&c, &r->pieces.descriptor) ||
      !skip_text(&c, LINE_STATUS_WORD LINE_STATUS_RUNNING LINE_STATUS_DONE))
    return false;
  cursor plain = c;
  if (skip_end(&plain, LINE_TRACE_END)) return true;
  bool limited =
      skip_text(&c, LINE_LIMITED) && skip_number(&c, &reset) && skip_end(&c, LINE_LIMITED_END LINE_TRACE_END);
  if (limited) sink_rate_limited(r->stream, reset);
  return limited;
}

static bool relay_estimate(const relay *r, cursor c) {
  int64_t rows;
  if (!skip_trace(&c, LINE_ESTIMATE) || !skip_text(&c, LINE_ESTIMATE_STREAM) ||
      !skip(&c, r->pieces.descriptor.data, r->pieces.descriptor.length - 1) || !skip_text(&c, LINE_ESTIMATE_ROWS) ||
      !skip_number(&c, &rows) || !skip_end(&c, LINE_TRACE_END))
    return false;
  sink_estimate(r->stream, (uint64_t)rows);
  return true;
}

/* The string before `end`, which ends the line, unescaped. */
static bool last_string(cursor c, const char *end, bytes *out) {
  size_t n = strlen(end);
  if ((size_t)(c.end - c.at) < n || memcmp(c.end - n, end, n) != 0) return false;
  c.end -= n;
  return is_value(&c, '"') && json_unescape(c.at, (json_slice){0, (size_t)(c.end - c.at)}, out);
}

static void tell_cut(relay *r) {
  bytes text = {0};
  bool named = !r->stream || bytes_printf(&text, "%s: ", r->stream->name);
  if (named && bytes_printf(&text, "its script has logged %d lines or %d MiB; further ones are left out",
                            RELAY_LOG_LINES, (int)(RELAY_LOG_BYTES >> 20)))
    sink_log(r->logs, "WARN", text.data, text.length);
  bytes_free(&text);
}

static void pass_log(relay *r, const char *level, const bytes *message) {
  if (r->logs_cut) return;
  r->log_lines++;
  r->log_bytes += message->length;
  r->logs_cut = r->log_lines > RELAY_LOG_LINES || r->log_bytes > RELAY_LOG_BYTES;
  if (r->logs_cut)
    tell_cut(r);
  else
    sink_log(r->logs, level, message->data ? message->data : "", message->length);
}

static bool relay_log(relay *r, cursor c) {
  if (!skip_text(&c, LINE_LOG)) return false;
  const char *const *level = sink_levels;
  while (*level && !skip_text(&c, *level)) level++;
  bytes message = {0};
  bool ok = *level && skip_text(&c, LINE_LOG_MESSAGE) && last_string(c, LINE_LOG_END, &message);
  if (ok) pass_log(r, *level, &message);
  bytes_free(&message);
  return ok;
}

static bool relay_summary(const relay *r, cursor c) {
  sink_summary of;
  bytes ended = {0};
  bool ok = skip_text(&c, LINE_SUMMARY) && skip_bytes(&c, &r->pieces.descriptor);
  for (int i = 0; ok && i < SINK_COUNTS; i++)
    ok = skip_text(&c, ",\"") && skip_text(&c, sink_count_names[i]) && skip_text(&c, "\":") &&
         skip_number(&c, &of.counts[i]);
  ok = ok && skip_text(&c, LINE_SUMMARY_ENDED) && last_string(c, LINE_SUMMARY_END, &ended);
  of.ended = ended.data ? ended.data : "";
  of.ended_length = ended.length;
  if (ok) sink_summarize(r->stream, &of);
  bytes_free(&ended);
  return ok;
}

static bool relay_observation(const relay *r, cursor c) {
  if (!skip_text(&c, LINE_OBSERVATION) || !skip_bytes(&c, &r->pieces.descriptor) ||
      !skip_text(&c, LINE_OBSERVATION_DATA) || c.at == c.end)
    return false;
  c.end -= strlen(LINE_OBSERVATION_END);
  if (memcmp(c.end, LINE_OBSERVATION_END, strlen(LINE_OBSERVATION_END)) != 0 || !is_value(&c, '{')) return false;
  sink_observe(r->stream, c.at, (size_t)(c.end - c.at));
  return true;
}

static bool relay_other(relay *r, cursor line) {
  if (relay_log(r, line)) return true;
  return r->stream && (relay_state(r, line) || relay_status(r, line) || relay_estimate(r, line) ||
                       relay_summary(r, line) || relay_observation(r, line));
}

/* ---- many lines: records that follow each other go out in one write */

typedef struct batch {
  sink_stream *to;
  const char *text;
  json_slice rows[BATCH];
  size_t count;
} batch;

static void flush(batch *b) {
  if (b->count) sink_write(b->to, &(sink_records){.text = b->text, .rows = b->rows, .count = b->count});
  b->count = 0;
}

static void add(batch *b, const cursor *c) {
  b->rows[b->count++] = (json_slice){(size_t)(c->at - b->text), (size_t)(c->end - c->at)};
  if (b->count == BATCH) flush(b);
}

const char *relay_lines(relay *r, char *text, size_t length, const stand_ins *by, size_t *taken) {
  batch records = {.to = r->stream, .text = text};
  const char *at = text, *end = text + length, *stop;
  bool right = true;
  for (; right && at < end && (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1) {
    cursor line = {at, stop}, record = line;
    if (r->stream && match_record(r, &record)) {
      if (by) stand_ins_restore(by, text + (record.at - text), (size_t)(record.end - record.at));
      add(&records, &record);
    } else {
      flush(&records);
      right = relay_other(r, line);
    }
  }
  flush(&records);
  *taken = (size_t)(at - text);
  return right ? NULL : "it wrote a line that is no whole message of its stream";
}

/* ---- its life */

bool relay_begin(relay *r, sink *logs, sink_stream *stream) {
  *r = (relay){.logs = logs, .stream = stream};
  return !stream || line_stream_make(&r->pieces, stream->name, stream->name_space);
}

void relay_begin_again(relay *r) {
  r->log_lines = r->log_bytes = 0;
  r->logs_cut = false;
}

void relay_free(relay *r) {
  line_stream_free(&r->pieces);
}
