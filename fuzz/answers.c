/*
 * A read of lists whose answers are broken: each line is one of the protocol, each record is a row of the server's, and
 * all of them are there where it says so; where it does not, reading on from its last state brings the rest.
 */
#include "answers.h"

#include "input.h"
#include "process.h"
#include "wire.h"
#include "json/json.h"
#include "json/json_value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MOST_ROWS 64

static input_file printed;
static options words;
static runtime r;
static answers server;
static bytes text;
static bool seen[MOST_ROWS]; /* in a record */
static bool ready;

static void prepare(void) {
  input_file_make(&printed);
  process_prepare(&printed);
  process_words(&words, (char *[]){"perigee", "read", NULL});
  ready = true;
}

static void serve(void) {
  answers_serve(&server);
}

/* ---- what is written */

static bool starts(const char *line, size_t length, const char *with) {
  return length >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The row of the server's that a record is. */
static void check_record(const char *record, size_t length) {
  static bytes row;
  for (unsigned i = 0; i < server.rows; i++) {
    bytes_clear(&row);
    answers_row(i, &row);
    if (row.length != length || memcmp(row.data, record, length) != 0) continue;
    seen[i] = true;
    return;
  }
  MUST(!"a row of the server's");
}

/* May a body be other bytes than those that were sent: in chunks, packed, or in another charset? */
static bool is_coded(const bytes *input) {
  static const char marks[][2] = {{'\x1f', '\x8b'}, {'\xff', '\xfe'}, {'\xfe', '\xff'}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
    if (memmem(input->data, input->length, marks[i], sizeof marks[i])) return true;
  for (size_t i = 0; i < input->length; i++)
    if (strncasecmp(input->data + i, "coding", 6) == 0 || strncasecmp(input->data + i, "charset", 7) == 0) return true;
  return false;
}

/* Of answers that are the input's, none is its server's: their bytes are there. */
static void check_raw(const char *record, size_t length, const bytes *input) {
  static bytes plain;
  if (is_coded(input)) return;
  bytes_clear(&plain);
  MUST(bytes_append(&plain, input->data, input->length));
  for (size_t i = 0; i < plain.length; i++)
    if (strchr("\r\n\t", plain.data[i]) && plain.data[i]) plain.data[i] = ' ';
  MUST(memmem(plain.data, plain.length, record, length));
}

static void check_line(const char *line, size_t length, const bytes *input) {
  static const char before[] = "{\"type\":\"RECORD\",\"record\":{\"stream\":\"teams\",\"data\":",
                    after[] = ",\"emitted_at\":";
  json_error error;
  MUST(json_valid(line, length, (json_limits){.depth = JSON_MAX_DEPTH}, &error));
  if (!starts(line, length, "{\"type\":\"RECORD\"")) return;
  MUST(starts(line, length, before));
  const char *record = line + sizeof before - 1, *end = line + length;
  while (!starts(end, (size_t)(line + length - end), after)) MUST(--end > record);
  if (input)
    check_raw(record, (size_t)(end - record), input);
  else
    check_record(record, (size_t)(end - record));
}

static void check_output(const bytes *input) {
  input_file_read(&printed, &text);
  for (size_t at = 0; at < text.length;) {
    const char *line = text.data + at, *stop = memchr(line, '\n', text.length - at);
    MUST(stop);
    check_line(line, (size_t)(stop - line), input);
    at += (size_t)(stop - line) + 1;
  }
}

/* ---- the reads */

/* As scripts/stream/registry.lua has it. */
static void write_job(bool incremental, const char *state, bytes *job) {
  bytes_clear(job);
  MUST(bytes_printf(
      job,
      "{\"job\":\"read\",\"name\":\"teams\",\"incremental\":%s%s,\"options\":{},"
      "\"known\":{\"names\":[\"teams\"],\"scripts\":{}},\"config\":{\"base_url\":\"http://127.0.0.1:8001/api/0/\","
      "\"auth_token\":\"t\",\"hostname\":\"http://127.0.0.1:8001\",\"organization\":\"acme\",\"project\":\"web\","
      "\"environments\":{},\"events_route\":\"auto\",\"exclude_projects\":{},\"explore\":{},\"include_secrets\":{},"
      "\"lookback_minutes\":10,\"num_workers\":2,\"rate_share\":1.0,\"refresh\":{},\"secrets\":{},"
      "\"text\":\"as_sent\",\"track_deletes\":false}}",
      incremental ? "true" : "false", state));
}

/* What the script returned first: nothing that comes from outside has it raise. */
static void take_outcome(const task *t, bytes *outcome) {
  size_t length = 0;
  const char *first = t->failed ? NULL : task_text(t, t->results, &length);
  if (t->failed) fprintf(stderr, "%s\n", lua_tostring(t->thread, -1));
  MUST(first && !runtime_output_error(&r));
  bytes_clear(outcome);
  MUST(bytes_append(outcome, first, length));
}

static void run_job(sink_stream *s, const bytes *job, bytes *outcome) {
  host *h = host_new(&r, HOST_STREAM, s);
  task *t = h ? task_start(h, TASK_RUN_SCRIPT, "stream.worker", job->data, job->length) : NULL;
  MUST(t && process_loop(&r, t, serve));
  take_outcome(t, outcome);
  host_free(h);
  sink_flush(r.sink);
}

/* Was all of it read? */
static bool read_list(bool incremental, const char *state, const bytes *input) {
  static bytes job, outcome;
  input_file_write(&printed, "", 0);
  process_begin(&r, &words);
  sink_stream *s = sink_open(r.sink, "teams", NULL);
  MUST(s);
  write_job(incremental, state, &job);
  run_job(s, &job, &outcome);
  process_end(&r);
  wire_close_all();
  check_output(input);
  bool whole = strcmp(outcome.data, "{}") == 0;
  MUST(whole || strstr(outcome.data, "\"message\":\""));
  return whole;
}

/* The last state of what was printed, as a member of a job; nothing: there is none. */
static void take_state(bytes *state) {
  static const char before[] = "\"stream_state\":", after[] = "},\"sourceStats\"";
  const char *at = text.data, *last = NULL;
  while (at && (at = strstr(at, before))) last = at += sizeof before - 1;
  bytes_clear(state);
  const char *end = last ? strstr(last, after) : NULL;
  MUST(bytes_append(state, "", 0));
  if (end) MUST(bytes_text(state, ",\"state_text\":") && json_quote(state, last, (size_t)(end - last)));
}

/* Choices, the count of rows, the size of a page and of a piece; then a byte or two for each answer, or the answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes input, state;
  if (!ready) prepare();
  unsigned choices = input_choice(&data, &size);
  server = (answers){.raw = choices & 1};
  server.rows = input_choice(&data, &size) % MOST_ROWS;
  server.page = input_choice(&data, &size) % 16 + 1;
  server.piece = choices & 2 ? input_choice(&data, &size) : 0;
  server.data = data, server.size = size;
  input_rest(data, size, &input);
  memset(seen, 0, sizeof seen);
  bool whole = read_list(choices & 4, "", server.raw ? &input : NULL);
  if (server.raw) return 0;
  take_state(&state);
  server.size = 0;
  if (!whole) MUST(read_list(choices & 4, state.data, NULL));
  for (unsigned i = 0; i < server.rows; i++) MUST(seen[i]);
  return 0;
}
