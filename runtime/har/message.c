#include "har/message.h"

#include "http/http_response.h"
#include "json/json_string.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* ---- copies, masked: the exchange itself stays as it came */

/* Notes a failure, which can only be of memory. */
static bool done(har_message m, bool ok) {
  if (!ok) har_file_fail(m.file, ENOMEM);
  return ok;
}

static bool copy(har_message m, const char *data, size_t length, bytes *out) {
  return done(m, bytes_append(out, data, length));
}

static bool copy_line(har_message m, const char *data, size_t length, bytes *out) {
  return copy(m, data, length, out) && done(m, har_redact_line(m.redact, out->data, out->length));
}

void har_message_put_text(har_message m, const char *before, const char *text, size_t length) {
  bytes line = {0};
  har_file_put(m.file, before);
  if (copy_line(m, text, length, &line)) har_file_put_string(m.file, line.data, line.length);
  bytes_wipe(&line);
}

static void put_found(har_message m, const char *before, const http_exchange *x, const char *name, const char *other) {
  const char *value = other;
  size_t length = strlen(other);
  http_find_header(x, name, &value, &length);
  har_message_put_text(m, before, value, length);
}

/* ---- headers */

static void put_header(har_message m, const http_header *h, bool first) {
  har_file_put(m.file, first ? "{\"name\":" : ",{\"name\":");
  har_file_put_string(m.file, h->name, h->name_length);
  har_file_put(m.file, ",\"value\":");
  har_file_put_string(m.file, h->value, h->value_length);
  har_file_put(m.file, "}");
}

/* By their names first: a value masked there is then masked in the other lines, too. */
static bool mask_headers(har_message m, bytes *lines) {
  http_header_iterator it = http_iterate_headers(lines);
  http_header h;
  while (http_next_header(&it, &h))
    har_redact_header(m.redact, h.name, h.name_length, lines->data + (h.value - lines->data), h.value_length);
  return done(m, har_redact_line(m.redact, lines->data, lines->length));
}

static void put_headers(har_message m, bytes *lines) {
  http_header header;
  har_file_put(m.file, ",\"headers\":[");
  bool first = true, masked = mask_headers(m, lines);
  http_header_iterator it = http_iterate_headers(lines);
  for (; masked && http_next_header(&it, &header); first = false) put_header(m, &header, first);
  har_file_put(m.file, "]");
}

static void put_request_headers(har_message m, const struct curl_slist *list) {
  bytes lines = {0};
  bool ok = true;
  for (; ok && list; list = list->next) ok = done(m, bytes_text(&lines, list->data) && bytes_text(&lines, "\n"));
  put_headers(m, &lines);
  bytes_wipe(&lines);
}

static void put_response_headers(har_message m, const http_exchange *x) {
  bytes lines = {0};
  if (copy(m, x->headers.data, x->headers.length, &lines)) put_headers(m, &lines);
  bytes_wipe(&lines);
}

/* ---- the request */

/* One side of `name=value`, as a form's decoder reads it. */
static void put_decoded(har_message m, const char *before, const char *text, size_t length) {
  bytes plain = {0};
  if (!copy(m, text, length, &plain)) return;
  for (char *c = plain.data; c < plain.data + length; c++)
    if (*c == '+') *c = ' ';
  har_message_put_text(m, before, plain.data, har_redact_decode(plain.data, length));
  bytes_wipe(&plain);
}

static void put_query(har_message m, const char *url) {
  const char *at = url + strcspn(url, "?#"), *before = "{\"name\":";
  har_file_put(m.file, ",\"queryString\":[");
  while (*at == '?' || *at == '&') {
    at++;
    size_t length = strcspn(at, "&#"), name = strcspn(at, "=&#"), value = name < length ? name + 1 : length;
    if (length) {
      put_decoded(m, before, at, name);
      put_decoded(m, ",\"value\":", at + value, length - value);
      har_file_put(m.file, "}");
      before = ",{\"name\":";
    }
    at += length;
  }
  har_file_put(m.file, "]");
}

static bool is_utf8(const bytes *text) {
  for (size_t at = 0, size; at < text->length; at += size) {
    size = json_utf8_size(text->data + at, text->length - at);
    if (!size) return false;
  }
  return true;
}

/* As a text, or where it is none in base64. */
static void put_body(har_message m, const bytes *body, const char *before, const char *encoding) {
  har_file_put(m.file, before);
  if (is_utf8(body)) {
    har_file_put_string(m.file, body->data, body->length);
  } else {
    har_file_put_base64(m.file, body->data, body->length);
    har_file_put(m.file, encoding);
  }
}

static const char *type_of_payload(const http_exchange *x) {
  const char *type = "application/octet-stream";
  for (const struct curl_slist *i = x->request_headers; i; i = i->next)
    if (strncasecmp(i->data, "Content-Type:", 13) == 0) type = i->data + 13 + strspn(i->data + 13, " \t");
  return type;
}

static void put_payload(har_message m, const http_exchange *x) {
  const char *type = type_of_payload(x);
  bytes payload = {0};
  if (!x->payload.length) return;
  bool ok = copy(m, x->payload.data, x->payload.length, &payload);
  if (ok && done(m, har_redact_payload(m.redact, payload.data, payload.length))) {
    har_message_put_text(m, ",\"postData\":{\"mimeType\":", type, strlen(type));
    put_body(m, &payload, ",\"params\":[],\"text\":", ",\"_encoding\":\"base64\"");
    har_file_put(m.file, "}");
  }
  bytes_wipe(&payload);
}

static const char *version_name(long version) {
  switch (version) {
  case CURL_HTTP_VERSION_1_0: return "HTTP/1.0";
  case CURL_HTTP_VERSION_1_1: return "HTTP/1.1";
  case CURL_HTTP_VERSION_2_0: return "HTTP/2";
  case CURL_HTTP_VERSION_3: return "HTTP/3";
  default: return "unknown";
  }
}

void har_message_put_request(har_message m, const http_exchange *x) {
  bytes url = {0};
  har_message_put_text(m, ",\"request\":{\"method\":", x->method.data, x->method.length);
  if (copy_line(m, x->request_url.data, x->request_url.length, &url)) {
    har_redact_user(m.redact, url.data);
    har_file_put(m.file, ",\"url\":");
    har_file_put_string(m.file, url.data, url.length);
    put_query(m, url.data);
  }
  bytes_wipe(&url);
  har_file_put(m.file, ",\"httpVersion\":\"");
  har_file_put(m.file, version_name(x->version));
  har_file_put(m.file, "\",\"cookies\":[]");
  put_request_headers(m, x->request_headers);
  put_payload(m, x);
  har_file_put_number(m.file, ",\"headersSize\":-1,\"bodySize\":", (int64_t)x->payload.length);
  har_file_put(m.file, "}");
}

/* ---- the response */

/* The body decoded, or, when it is corrupt, as it came (`raw`). */
static bool take_body(har_message m, const http_exchange *x, bytes *body, bool *raw) {
  http_text decoded = http_body(x, body);
  *raw = decoded.code != HTTP_OK;
  if (*raw) bytes_free(body);
  if ((*raw || decoded.text == &x->body) && !copy(m, x->body.data, x->body.length, body)) return false;
  return done(m, har_redact_body(m.redact, body->data, body->length, !*raw));
}

/* Returns how many secrets were masked in the body. */
static size_t put_content(har_message m, const http_exchange *x) {
  bytes body = {0};
  bool raw = false;
  size_t before = m.redact->masked;
  if (x->code == HTTP_OK && !take_body(m, x, &body, &raw)) bytes_wipe(&body);
  size_t masked = m.redact->masked - before;
  put_found(m, ",\"content\":{\"mimeType\":", x, "Content-Type", "x-unknown");
  har_file_put_number(m.file, ",\"size\":", (int64_t)body.length);
  put_body(m, &body, raw ? ",\"_raw\":true,\"text\":" : ",\"text\":", ",\"encoding\":\"base64\"");
  har_file_put(m.file, "}");
  bytes_free(&body);
  return masked;
}

/* The reason phrase of the status line `HTTP/1.1 200 OK`. */
static void put_status_text(har_message m, const http_exchange *x) {
  const char *line = x->headers.length ? x->headers.data : "";
  const char *code = line + strcspn(line, " \r\n");
  code += strspn(code, " ");
  const char *phrase = code + strcspn(code, " \r\n");
  phrase += strspn(phrase, " ");
  har_message_put_text(m, ",\"statusText\":", phrase, strcspn(phrase, "\r\n"));
}

size_t har_message_put_response(har_message m, const http_exchange *x) {
  bool ok = x->code == HTTP_OK;
  har_file_put_number(m.file, ",\"response\":{\"status\":", ok ? x->status : 0);
  put_status_text(m, x);
  har_file_put(m.file, ",\"httpVersion\":\"");
  har_file_put(m.file, version_name(x->version));
  har_file_put(m.file, "\",\"cookies\":[]");
  put_response_headers(m, x);
  size_t masked = put_content(m, x);
  put_found(m, ",\"redirectURL\":", x, "Location", "");
  har_file_put_number(m.file, ",\"headersSize\":-1,\"bodySize\":", ok ? (int64_t)x->body.length : -1);
  har_file_put(m.file, "}");
  return masked;
}
