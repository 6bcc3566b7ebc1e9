#include "har/entry.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/url.h"
#include "http/http_error.h"
#include "json/json_path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading one */

/* Appends path and query, and a zero byte. What is no URL stands for itself: asking for it failed, and fails again. */
bool har_entry_add_target(const char *url, bytes *out) {
  size_t start = out->length;
  if (url_path_and_query(url, out)) return bytes_append(out, "", 1);
  out->length = start;
  return bytes_append(out, url, strlen(url) + 1);
}

#define LONGEST 86400000 /* ms, of an exchange */

static void read_times(har_entry *e, const char *text) {
  json_slice began = json_member(text, e->value, "startedDateTime"), took = json_member(text, e->value, "time");
  bool said = json_type_of(text, began) == JSON_STRING && began.length > 2;
  if (!said || !clock_parse(text + began.start + 1, began.length - 2, &e->began)) e->began = INT64_MIN;
  double ms = json_type_of(text, took) == JSON_NUMBER ? strtod(text + took.start, NULL) : 0;
  e->took = ms > 0 && ms < LONGEST ? (int64_t)ms : 0;
}

/* A text, as it is or, where `encoding` says so, in base64. */
static bool add_text(const char *text, json_slice of, const char *encoding, bytes *out) {
  json_slice body = json_member(text, of, "text");
  if (!json_string_is(text, json_member(text, of, encoding), "base64", 6)) return json_unescape(text, body, out);
  bytes encoded = {0};
  bool ok = json_unescape(text, body, &encoded) && base64_decode(encoded.data, encoded.length, out);
  bytes_free(&encoded);
  return ok;
}

/* What cannot be decoded matches nothing. */
static bool read_payload(har_entry *e, const char *text, bytes *names) {
  json_slice posted = json_path(text, e->value, "request.postData");
  e->payload = names->length;
  if (posted.length) add_text(text, posted, "_encoding", names);
  e->payload_length = names->length - e->payload;
  return bytes_append(names, "", 1);
}

const char *har_entry_read(har_entry *e, const char *text, json_slice value, bytes *names, bytes *url) {
  json_slice method = json_path(text, value, "request.method"), address = json_path(text, value, "request.url");
  *e = (har_entry){.value = value, .method = names->length};
  if (json_type_of(text, method) != JSON_STRING) return "it has no request.method";
  if (json_type_of(text, address) != JSON_STRING) return "it has no request.url";
  if (json_type_of(text, json_member(text, value, "response")) != JSON_OBJECT) return "it has no response";
  read_times(e, text);
  bool ok = json_unescape(text, method, names) && bytes_append(names, "", 1);
  e->target = names->length;
  ok = ok && json_unescape(text, address, url) && bytes_reserve(url, 0) && har_entry_add_target(url->data, names) &&
       read_payload(e, text, names);
  return ok ? NULL : "memory is short";
}

/* ---- responding with one */

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
  bool said = json_unescape(text, json_member(text, error, "message"), &message) && message.length;
  http_fail(x, code_of(text, error), "%s", said ? message.data : "the recording says that this failed, and not why");
  bytes_free(&message);
}

static long number_of(const char *text, json_slice object, const char *name) {
  json_slice number = json_member(text, object, name);
  return json_type_of(text, number) == JSON_NUMBER ? strtol(text + number.start, NULL, 10) : 0;
}

/* Browsers write a recording without bodies unless they are told otherwise, and what they had in a cache as a 304. */
static bool lacks_body(const char *text, json_slice response, long status, http_exchange *x) {
  json_slice content = json_member(text, response, "content");
  if (json_type_of(text, json_member(text, content, "text")) == JSON_STRING) return false;
  long size = number_of(text, content, "size"), sent = number_of(text, response, "bodySize");
  bool cached = status == 304, saved_without = status >= 200 && status < 300 && (size > 0 || sent > 0);
  if (cached)
    http_fail(x, HTTP_BODILESS,
              "the recording has no body for this, which the browser had in its cache; record anew with the cache "
              "disabled, or by --record");
  else if (saved_without)
    http_fail(
        x, HTTP_BODILESS,
        "the recording was saved without bodies: of this one it tells %ld bytes, and no text; save it with content "
        "(in a browser, \"Save all as HAR with content\"), or record by --record",
        size > 0 ? size : sent);
  return cached || saved_without;
}

void har_entry_respond(const har_entry *e, const char *text, http_exchange *x) {
  json_slice response = json_member(text, e->value, "response"), error = json_member(text, e->value, "_error");
  json_slice content = json_member(text, response, "content");
  long status = number_of(text, response, "status");
  bool raw = json_type_of(text, json_member(text, content, "_raw")) == JSON_TRUE;
  if (json_type_of(text, error) == JSON_OBJECT || status < 100 || status > 999) {
    fail_again(text, error, x);
  } else if (lacks_body(text, response, status, x)) {
    return;
  } else if (!add_headers(text, response, status, raw, &x->headers)) {
    http_fail(x, HTTP_FAILED, "memory is short");
  } else if (!add_text(text, content, "encoding", &x->body)) {
    http_fail(x, HTTP_FAILED, "the recording's body for this is not base64, or memory is short");
  } else {
    x->status = status;
  }
}
