/* What a child says and writes: mostly what the parent takes, with fields that are odd. */
#include "relay.h"

#include "airbyte/line.h"
#include "child/message.h"
#include "input.h"
#include "wire.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static unsigned choose(relay_input *in) {
  return input_choice(&in->data, &in->size);
}

/* So many bytes as the next one says. */
void relay_raw(relay_input *in, bytes *out) {
  size_t length = choose(in);
  if (length > in->size) length = in->size;
  MUST(bytes_append(out, length ? (const char *)in->data : "", length));
  in->data += length;
  in->size -= length;
}

/* One of the list, or else bytes of the input. */
static void pick(relay_input *in, const char *const *list, size_t count, bytes *out) {
  unsigned which = choose(in);
  bytes_clear(out);
  if (which < count)
    MUST(bytes_text(out, list[which]));
  else
    relay_raw(in, out);
}

static int64_t pick_number(relay_input *in) {
  static const int64_t odd[] = {INT64_MAX, INT64_MIN, -1, 1 << 20, INT64_C(1) << 40, INT64_C(1767225600000000)};
  unsigned which = choose(in);
  return which >= 240 ? odd[which % COUNT(odd)] : (int64_t)which;
}

/* ---- messages */

static const char *const urls[] = {CONFIGURED "/0/x/",         GRANTED "/x",
                                   GRANTED_PUBLIC "/",         "http://127.0.0.1:8009/",
                                   GRANTED "@127.0.0.1:8009/", "http://127.0.0.1:8002\\@127.0.0.1:8009/",
                                   "http://127.1:8002/",       "HTTP://127.0.0.1:08002/?a=b#c",
                                   "http://[::1]:8004/",       GRANTED "/%0d%0aX: y",
                                   "https://127.0.0.1/",       CONFIGURED "/?t=<secret:auth_token>"};
static const char *const methods[] = {"GET", "POST", "DELETE", "HEAD", "QUERY", "CONNECT", "get", ""};
static const char *const hosts[] = {
    "127.0.0.1:8009", "http://127.0.0.1:8008", "[::1]:8004", "http://[::1]:8004", "example.com", "127.0.0.1", "*", ""};
static const char *const endpoints[] = {"x", "", "projects/{project}/", "*"};
static const char *const headers[] = {"A: b",
                                      "Authorization: Bearer <secret:auth_token>",
                                      "Host: evil",
                                      "content-length: 5",
                                      "Transfer-Encoding : chunked",
                                      "X: a\r\nHost: b",
                                      "Accept-Encoding: x",
                                      "none",
                                      "Connection:  close",
                                      ": "};
static const char *const auths[] = {"",
                                    "{\"query\":{\"k\":\"<secret:auth_token>\"}}",
                                    "{\"basic\":{\"user\":\"u\",\"password\":\"<secret:auth_token>\"}}",
                                    "{\"login\":{\"url\":\"http://127.0.0.1:8002/token\",\"form\":{\"a\":\"b\"},"
                                    "\"token\":\"access_token\"}}",
                                    "{\"login\":{\"url\":\"http://127.0.0.1:8001/token\",\"json\":{\"a\":"
                                    "\"<secret:auth_token>\"},\"token\":\"access_token\",\"expires\":\"expires_in\"}}",
                                    "{\"login\":{\"url\":\"http://127.0.0.1:8009/token\",\"token\":\"t\"}}",
                                    "{}"};
static const char *const handles[] = {"<secret:auth_token>", "<secret:other>", "k", ""};
static const char *const names[] = {"X-Limit", "RateLimit:r", "a|b", ""};

static bytes word;

static void put_text(message_writer *w, relay_input *in, const char *const *list, size_t count) {
  pick(in, list, count, &word);
  message_bytes(w, &word);
}
#define TEXT(w, in, list) put_text(w, in, list, COUNT(list))

static void write_request(relay_input *in, message_writer *w) {
  message_number(w, pick_number(in));
  message_number(w, pick_number(in));
  message_number(w, pick_number(in));
  TEXT(w, in, methods);
  TEXT(w, in, urls);
  TEXT(w, in, endpoints);
  TEXT(w, in, auths);
  unsigned body = choose(in);
  message_data(w, "{\"a\":1}{\"a\":1}", body % 15);
  for (unsigned more = body / 16 % 4; more; more--) TEXT(w, in, headers);
}

static void write_texts(relay_input *in, message_writer *w, char type) {
  unsigned count = type == MESSAGE_LIMITS ? 4 : choose(in) % 4;
  if (type == MESSAGE_LIMITS) TEXT(w, in, urls);
  for (; count; count--) {
    if (type == MESSAGE_LIMITS)
      TEXT(w, in, names);
    else if (type == MESSAGE_GRANT)
      TEXT(w, in, hosts);
    else
      TEXT(w, in, methods);
  }
}

static void write_fields(relay_input *in, message_writer *w, char type) {
  switch (type) {
  case MESSAGE_REQUEST: return write_request(in, w);
  case MESSAGE_CANCEL: return message_number(w, pick_number(in));
  case MESSAGE_TOOK: message_number(w, pick_number(in)); return message_number(w, pick_number(in));
  case MESSAGE_FILE:
    message_number(w, pick_number(in));
    TEXT(w, in, names);
    return TEXT(w, in, names);
  case MESSAGE_HMAC: TEXT(w, in, handles); return TEXT(w, in, endpoints);
  case MESSAGE_RESULT:
    message_number(w, choose(in) & 1);
    message_number(w, choose(in) & 1);
    return TEXT(w, in, endpoints);
  case MESSAGE_HEARTBEAT:
  case MESSAGE_READY: return;
  default: return write_texts(in, w, type);
  }
}

void relay_message(relay_input *in, bytes *out) {
  static const char types[] = "qqqqctgmlfhbryry";
  char type = types[choose(in) % (sizeof types - 1)];
  message_writer w = message_begin(out, (message_type)type);
  write_fields(in, &w, type);
  MUST(message_end(&w));
}

/* ---- lines */

static const char *const values[] = {"{}",
                                     "{\"id\":1}",
                                     "{\"id\":\"\\ud83d\\ude00\",\"a\":[1,null]}",
                                     "{\"cursor\":\"2026-01-31T00:00:00Z\"}",
                                     "{\"emitted_at\":1}}",
                                     "[]",
                                     "{",
                                     "7"};
static const char *const strings[] = {"\"a\"", "\"\"", "\"\\u0000\\ud800\"", "\"" TOKEN "\"", "\"a", "a"};
static const char *const numbers[] = {"0", "1767225600000", "9223372036854775807", "9223372036854775808", "-1", ""};
static const char *const levels[] = {"INFO", "FATAL", "WARN", "ERROR", "NOTE"};

static void text(bytes *out, const char *piece) {
  MUST(bytes_text(out, piece));
}

static void some(relay_input *in, const char *const *list, size_t count, bytes *out) {
  pick(in, list, count, &word);
  MUST(bytes_append(out, word.data ? word.data : "", word.length));
}

static void write_trace(relay_input *in, const line_stream *l, bool estimate, bytes *out) {
  text(out, LINE_TRACE);
  text(out, estimate ? LINE_ESTIMATE LINE_TRACE_TIME : LINE_STATUS LINE_TRACE_TIME);
  some(in, numbers, COUNT(numbers), out);
  text(out, estimate ? LINE_TRACE_DATA LINE_ESTIMATE_STREAM : LINE_TRACE_DATA LINE_STATUS_STREAM);
  MUST(bytes_append(out, l->descriptor.data, l->descriptor.length - estimate));
  if (estimate) {
    text(out, LINE_ESTIMATE_ROWS);
    some(in, numbers, COUNT(numbers), out);
  } else {
    text(out, LINE_STATUS_WORD LINE_STATUS_RUNNING LINE_STATUS_DONE);
    if (choose(in) & 1) {
      text(out, LINE_LIMITED);
      some(in, numbers, COUNT(numbers), out);
      text(out, LINE_LIMITED_END);
    }
  }
  text(out, LINE_TRACE_END);
}

static void write_log(relay_input *in, bytes *out) {
  text(out, LINE_LOG);
  some(in, levels, COUNT(levels), out);
  text(out, LINE_LOG_MESSAGE);
  some(in, strings, COUNT(strings), out);
  text(out, LINE_LOG_END);
}

static void write_summary(relay_input *in, const line_stream *l, bytes *out) {
  text(out, LINE_SUMMARY);
  text(out, l->descriptor.data);
  for (int i = 0; i < SINK_COUNTS; i++) {
    MUST(bytes_printf(out, ",\"%s\":", sink_count_names[i]));
    some(in, numbers, COUNT(numbers), out);
  }
  text(out, LINE_SUMMARY_ENDED);
  some(in, strings, COUNT(strings), out);
  text(out, LINE_SUMMARY_END);
}

/* A value of an object between two pieces, with a number behind it unless `time` is NULL. */
static void write_object(relay_input *in, const char *before, const char *time, const char *after, bytes *out) {
  text(out, before);
  some(in, values, COUNT(values), out);
  if (time) text(out, time), some(in, numbers, COUNT(numbers), out);
  text(out, after);
}

void relay_line(relay_input *in, const relay_world *w, bytes *out) {
  line_stream l;
  unsigned kind = choose(in);
  MUST(line_stream_make(&l, STREAM, w->name_space));
  switch (kind % 8) {
  case 0: write_trace(in, &l, false, out); break;
  case 1: write_trace(in, &l, true, out); break;
  case 2: write_log(in, out); break;
  case 3: write_summary(in, &l, out); break;
  case 4:
    MUST(bytes_printf(out, "%s%s", LINE_OBSERVATION, l.descriptor.data));
    write_object(in, LINE_OBSERVATION_DATA, NULL, LINE_OBSERVATION_END, out);
    break;
  case 5:
    MUST(bytes_printf(out, "%s%s", LINE_STATE, l.descriptor.data));
    write_object(in, LINE_STATE_DATA, LINE_STATE_COUNT, LINE_STATE_END, out);
    break;
  default: write_object(in, l.record.data, LINE_RECORD_TIME, LINE_RECORD_END, out);
  }
  if (kind < 240) text(out, "\n");
  line_stream_free(&l);
}

/* ---- a server */

void relay_answer(relay_input *in) {
  static const char *const answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: "
      "60\r\n\r\n{\"access_token\":\"abcdefgh12345678\",\"expires_in\":\"3600\",\"z\":1}",
      "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 307 Found\r\nLocation: http://127.0.0.1:8001/y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8009/y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 429 Slow\r\nRetry-After: 2\r\nX-Limit: 5\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"",
      "HTTP/1.1 500 No\r\n\r\n" TOKEN};
  unsigned ends = choose(in);
  pick(in, answers, COUNT(answers), &word);
  for (size_t i = 0; wire_at(i); i++) {
    wire *to = wire_at(i);
    if (to->far < 0 || to->answered == to->asked) continue;
    to->answered++;
    wire_send(to, word.data ? word.data : "", word.length);
    if (ends & 1) wire_close(to);
    return;
  }
}
