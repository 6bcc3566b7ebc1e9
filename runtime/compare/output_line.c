#include "compare/output_line.h"

#include "json/json_value.h"

#include <string.h>

static bool is_word(const char *text, json_slice string, const char *word) {
  return json_string_is(text, string, word, strlen(word));
}

static output_line unreadable(const char *why) {
  return (output_line){.kind = OUTPUT_UNREADABLE, .why = why};
}

static output_line read_record(const char *text, json_slice record) {
  output_line line = {.kind = OUTPUT_RECORD,
                      .stream = json_member(text, record, "stream"),
                      .name_space = json_member(text, record, "namespace"),
                      .data = json_member(text, record, "data")};
  if (json_type_of(text, line.stream) != JSON_STRING) return unreadable("a RECORD without the name of its stream");
  return json_type_of(text, line.data) == JSON_OBJECT ? line : unreadable("a RECORD whose data is no object");
}

/* `in`: what has a stream_descriptor; else it is of this other kind. */
static output_line of_stream(const char *text, json_slice in, output_kind kind, output_kind other, json_slice data) {
  json_slice descriptor = json_member(text, in, "stream_descriptor");
  output_line line = {.kind = kind,
                      .stream = json_member(text, descriptor, "name"),
                      .name_space = json_member(text, descriptor, "namespace"),
                      .data = data};
  if (json_type_of(text, line.stream) != JSON_STRING) line.kind = other;
  return line;
}

static output_line read_state(const char *text, json_slice state) {
  json_slice stream = json_member(text, state, "stream"), global = json_member(text, state, "global");
  if (stream.length)
    return of_stream(text, stream, OUTPUT_STATE, OUTPUT_OTHER, json_member(text, stream, "stream_state"));
  json_slice all = global.length ? global : json_member(text, state, "data");
  return all.length ? (output_line){.kind = OUTPUT_STATE, .data = all} : unreadable("a STATE that holds none");
}

static output_line read_trace(const char *text, json_slice trace) {
  json_slice status = json_member(text, trace, "stream_status"), error = json_member(text, trace, "error");
  if (status.length) return of_stream(text, status, OUTPUT_STATUS, OUTPUT_OTHER, json_member(text, status, "status"));
  return error.length ? of_stream(text, error, OUTPUT_ERROR, OUTPUT_FAILURE, error)
                      : (output_line){.kind = OUTPUT_OTHER};
}

output_line output_line_read(const char *text, size_t length) {
  json_error error;
  json_slice root = json_root(text, length);
  if (!root.length || text[root.start] != '{') return (output_line){.kind = OUTPUT_FOREIGN};
  if (!json_valid(text, length, (json_limits){.depth = JSON_MAX_DEPTH}, &error)) return unreadable(error.reason);
  json_slice type = json_member(text, root, "type");
  if (is_word(text, type, "RECORD")) return read_record(text, json_member(text, root, "record"));
  if (is_word(text, type, "STATE")) return read_state(text, json_member(text, root, "state"));
  if (is_word(text, type, "TRACE")) return read_trace(text, json_member(text, root, "trace"));
  return (output_line){.kind = json_type_of(text, type) == JSON_STRING ? OUTPUT_OTHER : OUTPUT_FOREIGN};
}
