#include "airbyte/airbyte.h"

#include "airbyte/line.h"
#include "airbyte/output.h"
#include "json/json_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 256 /* of one writev; three a record */

typedef struct airbyte {
  sink base;
  output out;
  const timeline *time;
  bytes line; /* being built */
} airbyte;

static airbyte *writer(sink *to) {
  return (airbyte *)to;
}

static const line_stream *pieces_of(const sink_stream *s) {
  return s->own;
}

static bool open_stream(sink_stream *s) {
  line_stream *l = calloc(1, sizeof *l);
  if (l && line_stream_make(l, s->name, s->name_space)) {
    s->own = l;
    return true;
  }
  if (l) line_stream_free(l);
  free(l);
  return false;
}

static void close_stream(sink_stream *s) {
  line_stream_free(s->own);
  free(s->own);
}

static void flush(sink *to) {
  airbyte *a = writer(to);
  if (!output_flush(&a->out)) sink_fail(to, a->out.error);
}

static void release(sink *to) {
  airbyte *a = writer(to);
  output_free(&a->out);
  bytes_free(&a->line);
  free(a);
}

/* ---- building a line; without memory the sink fails, for no line may be dropped */

static void text(airbyte *a, const char *piece) {
  if (!bytes_text(&a->line, piece)) sink_fail(&a->base, ENOMEM);
}

static void raw(airbyte *a, const char *data, size_t length) {
  if (!bytes_append(&a->line, data, length)) sink_fail(&a->base, ENOMEM);
}

static void quoted(airbyte *a, const char *data, size_t length) {
  if (!json_quote(&a->line, data, length)) sink_fail(&a->base, ENOMEM);
}

static void number(airbyte *a, int64_t value) {
  if (!bytes_printf(&a->line, "%" PRId64, value)) sink_fail(&a->base, ENOMEM);
}

static void descriptor(airbyte *a, const sink_stream *s) {
  raw(a, pieces_of(s)->descriptor.data, pieces_of(s)->descriptor.length);
}

static void send(airbyte *a) {
  text(a, "\n");
  if (!a->base.error && !output_append(&a->out, a->line.data, a->line.length)) sink_fail(&a->base, a->out.error);
  bytes_clear(&a->line);
}

static int64_t now_ms(const airbyte *a) {
  return timeline_now(a->time) / 1000;
}

static void start_trace(airbyte *a, const char *type) {
  text(a, LINE_TRACE);
  text(a, type);
  text(a, LINE_TRACE_TIME);
  number(a, now_ms(a));
  text(a, LINE_TRACE_DATA);
}

/* ---- of no stream */

static void log_line(sink *to, const char *level, const char *message, size_t length) {
  airbyte *a = writer(to);
  text(a, LINE_LOG);
  text(a, level);
  text(a, LINE_LOG_MESSAGE);
  quoted(a, message, length);
  text(a, LINE_LOG_END);
  send(a);
}

static void spec(sink *to, const char *json, size_t length) {
  airbyte *a = writer(to);
  text(a, "{\"type\":\"SPEC\",\"spec\":");
  raw(a, json, length);
  text(a, "}");
  send(a);
}

static void catalog(sink *to, const char *json, size_t length) {
  airbyte *a = writer(to);
  text(a, "{\"type\":\"CATALOG\",\"catalog\":");
  raw(a, json, length);
  text(a, "}");
  send(a);
}

static void connection_status(sink *to, bool succeeded, const char *message) {
  airbyte *a = writer(to);
  text(a, "{\"type\":\"CONNECTION_STATUS\",\"connectionStatus\":{\"status\":");
  text(a, succeeded ? "\"SUCCEEDED\"" : "\"FAILED\"");
  if (message) text(a, ",\"message\":"), quoted(a, message, strlen(message));
  text(a, "}}");
  send(a);
}

/* The one line that may hold secrets: a platform keeps it, and hands it over at the next run. */
static void configuration(sink *to, const char *json, size_t length) {
  airbyte *a = writer(to);
  text(a, "{\"type\":\"CONTROL\",\"control\":{\"type\":\"CONNECTOR_CONFIG\",\"emitted_at\":");
  number(a, now_ms(a));
  text(a, ",\"connectorConfig\":{\"config\":");
  raw(a, json, length);
  text(a, "}}}");
  send(a);
  bytes_wipe(&a->line);
}

static void build_error(airbyte *a, const sink_stream *s, const char *failure_type, const char *message,
                        const char *internal) {
  start_trace(a, "ERROR");
  text(a, "\"error\":{\"message\":");
  quoted(a, message, strlen(message));
  if (internal) text(a, ",\"internal_message\":"), quoted(a, internal, strlen(internal));
  text(a, ",\"failure_type\":\"");
  text(a, failure_type);
  text(a, "\"");
  if (s) text(a, ",\"stream_descriptor\":"), descriptor(a, s);
  text(a, LINE_TRACE_END);
}

static void error(sink *to, const sink_stream *s, const char *failure_type, const char *message, const char *internal) {
  airbyte *a = writer(to);
  build_error(a, s, failure_type, message, internal);
  send(a);
}

/* ---- of a stream */

static void start_status(airbyte *a, const sink_stream *s, const char *status) {
  start_trace(a, LINE_STATUS);
  text(a, LINE_STATUS_STREAM);
  descriptor(a, s);
  text(a, LINE_STATUS_WORD);
  text(a, status);
  text(a, LINE_STATUS_DONE);
}

static void status_line(sink_stream *s, const char *status) {
  airbyte *a = writer(s->to);
  start_status(a, s, status);
  text(a, LINE_TRACE_END);
  send(a);
}

static int last_words(sink *to, const sink_stream *s, const char *failure_type, const char *message, bytes *line) {
  airbyte *a = writer(to);
  build_error(a, s, failure_type, message, NULL);
  text(a, "\n");
  if (s) start_status(a, s, "INCOMPLETE"), text(a, LINE_TRACE_END "\n");
  bool ok = !a->base.error && bytes_append(line, a->line.data, a->line.length);
  bytes_clear(&a->line);
  return ok ? a->out.descriptor : -1;
}

static void rate_limited(sink_stream *s, int64_t reset) {
  airbyte *a = writer(s->to);
  start_status(a, s, LINE_STATUS_RUNNING);
  text(a, LINE_LIMITED);
  number(a, reset);
  text(a, LINE_LIMITED_END LINE_TRACE_END);
  send(a);
}

static void estimate(sink_stream *s, uint64_t rows) {
  airbyte *a = writer(s->to);
  start_trace(a, LINE_ESTIMATE);
  text(a, LINE_ESTIMATE_STREAM);
  raw(a, pieces_of(s)->descriptor.data, pieces_of(s)->descriptor.length - 1);
  text(a, LINE_ESTIMATE_ROWS);
  number(a, (int64_t)rows);
  text(a, LINE_TRACE_END);
  send(a);
}

static void write_pieces(airbyte *a, struct iovec *pieces, size_t *used) {
  if (!output_vector(&a->out, pieces, *used)) sink_fail(&a->base, a->out.error);
  *used = 0;
}

/* The pieces around the data are the same for a whole page, so the slices go out without a copy. */
static void records(sink_stream *s, const sink_records *of) {
  airbyte *a = writer(s->to);
  const bytes *before = &pieces_of(s)->record;
  struct iovec pieces[PIECES];
  size_t used = 0, row = 0, length;
  const char *record;
  text(a, LINE_RECORD_TIME);
  number(a, now_ms(a));
  text(a, LINE_RECORD_END "\n");
  while (!a->base.error && sink_next(of, &row, &record, &length)) {
    pieces[used++] = (struct iovec){before->data, before->length};
    pieces[used++] = (struct iovec){(char *)record, length};
    pieces[used++] = (struct iovec){a->line.data, a->line.length};
    if (used + 3 > PIECES) write_pieces(a, pieces, &used);
  }
  if (used) write_pieces(a, pieces, &used);
  bytes_clear(&a->line);
}

static void state(sink_stream *s, const char *json, size_t length) {
  airbyte *a = writer(s->to);
  text(a, LINE_STATE);
  descriptor(a, s);
  text(a, LINE_STATE_DATA);
  raw(a, json, length);
  text(a, LINE_STATE_COUNT);
  number(a, (int64_t)s->since_state);
  text(a, LINE_STATE_END);
  send(a);
}

/* ---- for a parent alone */

static void summary(sink_stream *s, const sink_summary *of) {
  airbyte *a = writer(s->to);
  text(a, LINE_SUMMARY);
  descriptor(a, s);
  for (int i = 0; i < SINK_COUNTS; i++) {
    text(a, ",\"");
    text(a, sink_count_names[i]);
    text(a, "\":");
    number(a, of->counts[i]);
  }
  text(a, LINE_SUMMARY_ENDED);
  quoted(a, of->ended, of->ended_length);
  text(a, LINE_SUMMARY_END);
  send(a);
}

static void observation(sink_stream *s, const char *json, size_t length) {
  airbyte *a = writer(s->to);
  text(a, LINE_OBSERVATION);
  descriptor(a, s);
  text(a, LINE_OBSERVATION_DATA);
  raw(a, json, length);
  text(a, LINE_OBSERVATION_END);
  send(a);
}

#define PROTOCOL                                                                                                       \
  .open = open_stream, .close = close_stream, .log = log_line, .error = error, .status = status_line,                  \
  .rate_limited = rate_limited, .estimate = estimate, .records = records, .state = state, .spec = spec,                \
  .catalog = catalog, .connection_status = connection_status, .last_words = last_words, .flush = flush,                \
  .free = release

static sink *new_writer(const sink_calls *calls, int descriptor, const secrets *store, const timeline *time) {
  airbyte *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  sink_begin(&a->base, calls, store);
  output_open(&a->out, descriptor);
  a->time = time;
  return &a->base;
}

sink *airbyte_new(int descriptor, const secrets *store, const timeline *time) {
  static const sink_calls calls = {PROTOCOL, .configuration = configuration};
  return new_writer(&calls, descriptor, store, time);
}

sink *airbyte_new_to_parent(int descriptor, const secrets *store, const timeline *time) {
  static const sink_calls calls = {PROTOCOL, .summary = summary, .observe = observation};
  return new_writer(&calls, descriptor, store, time);
}
