#include "airbyte/airbyte.h"

#include "json/json_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 256 /* of one writev; two a record */

struct airbyte {
  output out;
  const secrets *store;
  const timeline *time;
  airbyte_stream *streams;
  bytes line; /* being built */
};

airbyte *airbyte_new(int descriptor, const secrets *store, const timeline *time) {
  airbyte *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  output_open(&a->out, descriptor);
  a->store = store;
  a->time = time;
  return a;
}

airbyte *airbyte_new_to(output_sink take, void *user, const secrets *store, const timeline *time) {
  airbyte *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  output_open_sink(&a->out, take, user);
  a->store = store;
  a->time = time;
  return a;
}

static void close_stream(airbyte_stream *s) {
  bytes_free(&s->name);
  bytes_free(&s->name_space);
  bytes_free(&s->descriptor);
  bytes_free(&s->before);
  free(s);
}

void airbyte_free(airbyte *a) {
  if (!a) return;
  airbyte_flush(a);
  while (a->streams) {
    airbyte_stream *s = a->streams;
    a->streams = s->next;
    close_stream(s);
  }
  output_free(&a->out);
  bytes_free(&a->line);
  free(a);
}

int airbyte_broken(const airbyte *a) {
  return a->out.error;
}

void airbyte_flush(airbyte *a) {
  output_flush(&a->out);
}

const airbyte_stream *airbyte_streams(const airbyte *a) {
  return a->streams;
}

airbyte_stream *airbyte_open(airbyte *a, const char *name, const char *name_space) {
  airbyte_stream *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->to = a;
  bytes space = {0};
  bool ok = bytes_text(&s->name, name);
  if (name_space) {
    ok = ok && bytes_text(&s->name_space, name_space) && bytes_text(&space, ",\"namespace\":");
    ok = ok && json_quote(&space, name_space, strlen(name_space));
  }
  ok = ok && bytes_append(&space, "", 0) && bytes_text(&s->descriptor, "{\"name\":") &&
       json_quote(&s->descriptor, name, strlen(name)) && bytes_printf(&s->descriptor, "%s}", space.data) &&
       bytes_text(&s->before, "{\"type\":\"RECORD\",\"record\":{\"stream\":") &&
       json_quote(&s->before, name, strlen(name)) && bytes_printf(&s->before, "%s,\"data\":", space.data);
  bytes_free(&space);
  if (!ok) {
    close_stream(s);
    return NULL;
  }
  s->next = a->streams;
  a->streams = s;
  return s;
}

/* ---- building a line; what cannot be built for want of memory breaks the output, for a line must not be dropped */

static void no_memory(airbyte *a) {
  if (!a->out.error) a->out.error = ENOMEM;
}

static void text(airbyte *a, const char *piece) {
  if (!bytes_text(&a->line, piece)) no_memory(a);
}

static void raw(airbyte *a, const char *data, size_t length) {
  if (!bytes_append(&a->line, data, length)) no_memory(a);
}

/* For people: secrets that a server or a script repeats are masked. */
static void masked(airbyte *a, const char *data, size_t length) {
  bytes message = {0};
  bool ok = bytes_append(&message, data, length) && secrets_mask(a->store, &message) &&
            json_quote(&a->line, message.data, message.length);
  if (!ok) no_memory(a);
  bytes_wipe(&message);
}

static void number(airbyte *a, int64_t value) {
  if (!bytes_printf(&a->line, "%" PRId64, value)) no_memory(a);
}

static void send(airbyte *a) {
  text(a, "\n");
  output_append(&a->out, a->line.data, a->line.length);
  bytes_clear(&a->line);
}

static int64_t now_ms(const airbyte *a) {
  return timeline_now(a->time) / 1000;
}

static void start_trace(airbyte *a, const char *type) {
  text(a, "{\"type\":\"TRACE\",\"trace\":{\"type\":\"");
  text(a, type);
  text(a, "\",\"emitted_at\":");
  number(a, now_ms(a));
  text(a, ".0,"); /* a double by the protocol; some readers insist on the point */
}

const char *const airbyte_levels[] = {"FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", NULL};

void airbyte_log(airbyte *a, const char *level, const char *message, size_t length) {
  text(a, "{\"type\":\"LOG\",\"log\":{\"level\":\"");
  text(a, level);
  text(a, "\",\"message\":");
  masked(a, message, length);
  text(a, "}}");
  send(a);
}

void airbyte_spec(airbyte *a, const char *json, size_t length) {
  text(a, "{\"type\":\"SPEC\",\"spec\":");
  raw(a, json, length);
  text(a, "}");
  send(a);
}

void airbyte_catalog(airbyte *a, const char *json, size_t length) {
  text(a, "{\"type\":\"CATALOG\",\"catalog\":");
  raw(a, json, length);
  text(a, "}");
  send(a);
}

void airbyte_connection_status(airbyte *a, bool succeeded, const char *message) {
  text(a, "{\"type\":\"CONNECTION_STATUS\",\"connectionStatus\":{\"status\":");
  text(a, succeeded ? "\"SUCCEEDED\"" : "\"FAILED\"");
  if (message) text(a, ",\"message\":"), masked(a, message, strlen(message));
  text(a, "}}");
  send(a);
}

void airbyte_error(airbyte *a, const airbyte_stream *stream, const char *failure_type, const char *message,
                   const char *internal) {
  start_trace(a, "ERROR");
  text(a, "\"error\":{\"message\":");
  masked(a, message, strlen(message));
  if (internal) text(a, ",\"internal_message\":"), masked(a, internal, strlen(internal));
  text(a, ",\"failure_type\":\"");
  text(a, failure_type);
  text(a, "\"");
  if (stream) text(a, ",\"stream_descriptor\":"), raw(a, stream->descriptor.data, stream->descriptor.length);
  text(a, "}}}");
  send(a);
}

static void start_status(airbyte_stream *s, const char *status) {
  start_trace(s->to, "STREAM_STATUS");
  text(s->to, "\"stream_status\":{\"stream_descriptor\":");
  raw(s->to, s->descriptor.data, s->descriptor.length);
  text(s->to, ",\"status\":\"");
  text(s->to, status);
  text(s->to, "\"");
}

void airbyte_status(airbyte_stream *s, const char *status) {
  start_status(s, status);
  text(s->to, "}}}");
  send(s->to);
}

void airbyte_rate_limited(airbyte_stream *s, int64_t reset) {
  start_status(s, "RUNNING");
  s->running = true;
  text(s->to, ",\"reasons\":[{\"type\":\"RATE_LIMITED\",\"rate_limited\":{\"quota_reset\":");
  number(s->to, reset);
  text(s->to, "}}]}}}");
  send(s->to);
  airbyte_flush(s->to);
}

void airbyte_estimate(airbyte_stream *s, uint64_t rows) {
  airbyte *a = s->to;
  start_trace(a, "ESTIMATE");
  text(a, "\"estimate\":{\"name\":");
  json_quote(&a->line, s->name.data, s->name.length);
  if (s->name_space.length) text(a, ",\"namespace\":"), json_quote(&a->line, s->name_space.data, s->name_space.length);
  text(a, ",\"type\":\"STREAM\",\"row_estimate\":");
  number(a, (int64_t)rows);
  text(a, "}}}");
  send(a);
}

/* ---- records: what stands around the data is the same for a whole page, so the slices go out without a copy */

static bool any_out(const airbyte_rows *of) {
  return of->count && (!of->out || memchr(of->out, 1, of->count));
}

static void start_running(airbyte_stream *s) {
  if (!s->running) airbyte_status(s, "RUNNING");
  s->running = true;
}

static struct iovec piece_of(const airbyte_rows *of, size_t row) {
  bool edited = of->edited && of->edited[row].length;
  json_slice slice = edited ? of->edited[row] : of->rows[row];
  return (struct iovec){(char *)(edited ? of->edits : of->text) + slice.start, slice.length};
}

size_t airbyte_records(airbyte_stream *s, const airbyte_rows *of) {
  airbyte *a = s->to;
  struct iovec pieces[PIECES];
  size_t used = 0;
  uint64_t before = s->records;
  if (!any_out(of)) return 0;
  start_running(s);
  text(a, ",\"emitted_at\":");
  number(a, now_ms(a));
  text(a, "}}\n");
  for (size_t i = 0; i < of->count && !a->out.error; i++) {
    if (of->out && !of->out[i]) continue;
    struct iovec record = piece_of(of, i);
    pieces[used++] = (struct iovec){s->before.data, s->before.length};
    pieces[used++] = record;
    pieces[used++] = (struct iovec){a->line.data, a->line.length};
    s->records++;
    s->since_state++;
    s->record_bytes += record.iov_len;
    if (used + 3 > PIECES) output_vector(&a->out, pieces, used), used = 0;
  }
  if (used) output_vector(&a->out, pieces, used);
  bytes_clear(&a->line);
  return (size_t)(s->records - before);
}

void airbyte_state(airbyte_stream *s, const char *json, size_t length) {
  airbyte *a = s->to;
  text(a, "{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":");
  raw(a, s->descriptor.data, s->descriptor.length);
  text(a, ",\"stream_state\":");
  raw(a, json, length);
  text(a, "},\"sourceStats\":{\"recordCount\":");
  number(a, (int64_t)s->since_state);
  text(a, ".0}}}"); /* "should always have a decimal point" (airbyte_protocol.yaml) */
  s->since_state = 0;
  send(a);
  airbyte_flush(a);
}
