#include "har/har.h"

#include "base/clock.h"
#include "har/file.h"
#include "har/redact.h"
#include "har/redact_fields.h"
#include "json/json_string.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct har_writer {
  const secrets *store;
  bytes path;
  har_file out;
  size_t entries;
  size_t masked; /* in the entry under way */
  size_t masked_in_body;
};

/* ---- copies, masked: the exchange itself stays as it came */

static bool copy(har_writer *w, const char *data, size_t length, bytes *out) {
  if (bytes_append(out, data, length)) return true;
  har_file_fail(&w->out, ENOMEM);
  return false;
}

static bool copy_line(har_writer *w, const char *data, size_t length, bytes *out) {
  if (!copy(w, data, length, out)) return false;
  if (har_redact_line(w->store, out->data, out->length, &w->masked)) return true;
  har_file_fail(&w->out, ENOMEM);
  return false;
}

static void put_masked(har_writer *w, const char *before, const char *text, size_t length) {
  bytes line = {0};
  har_put(&w->out, before);
  if (copy_line(w, text, length, &line)) har_put_string(&w->out, line.data, line.length);
  bytes_wipe(&line);
}

static void put_found(har_writer *w, const char *before, const http_exchange *x, const char *name, const char *other) {
  const char *value = other;
  size_t length = strlen(other);
  http_find_header(x, name, &value, &length);
  put_masked(w, before, value, length);
}

/* ---- headers */

/* A line that was masked. A folded one has no name: it belongs to a header that may be secret, and is left out. */
static void put_header(har_writer *w, char *line, size_t length, bool *any) {
  char *colon = length ? memchr(line, ':', length) : NULL;
  if (!colon || colon == line || line[0] == ' ' || line[0] == '\t') return;
  char *value = colon + 1, *end = line + length;
  while (value < end && (*value == ' ' || *value == '\t')) value++;
  while (end > value && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t')) end--;
  size_t name_length = (size_t)(colon - line), value_length = (size_t)(end - value);
  while (name_length && (line[name_length - 1] == ' ' || line[name_length - 1] == '\t')) name_length--;
  if (har_redact_whole(line, name_length)) {
    memset(value, '*', value_length);
    w->masked++;
  }
  har_put(&w->out, *any ? ",{\"name\":" : "{\"name\":");
  har_put_string(&w->out, line, name_length);
  har_put(&w->out, ",\"value\":");
  har_put_string(&w->out, value, value_length);
  har_put(&w->out, "}");
  *any = true;
}

static void put_request_headers(har_writer *w, const struct curl_slist *list) {
  bool any = false;
  har_put(&w->out, ",\"headers\":[");
  for (; list; list = list->next) {
    bytes line = {0};
    if (copy_line(w, list->data, strlen(list->data), &line)) put_header(w, line.data, line.length, &any);
    bytes_wipe(&line);
  }
  har_put(&w->out, "]");
}

static void put_answer_headers(har_writer *w, const http_exchange *x) {
  bytes lines = {0};
  bool any = false, ok = copy_line(w, x->headers.data, x->headers.length, &lines);
  har_put(&w->out, ",\"headers\":[");
  char *at = lines.data, *end = ok ? at + lines.length : at;
  while (at < end) {
    char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    if (strncmp(at, "HTTP/", 5) != 0) put_header(w, at, (size_t)(stop - at), &any);
    at = stop + 1;
  }
  har_put(&w->out, "]");
  bytes_wipe(&lines);
}

/* ---- the request */

/* One side of `name=value`, as a form's decoder reads it. */
static void put_decoded(har_writer *w, const char *before, const char *text, size_t length) {
  bytes plain = {0};
  if (!copy(w, text, length, &plain)) return;
  for (char *c = plain.data; c < plain.data + length; c++)
    if (*c == '+') *c = ' ';
  put_masked(w, before, plain.data, har_decode(plain.data, length));
  bytes_wipe(&plain);
}

static void put_query(har_writer *w, const char *url) {
  const char *at = url + strcspn(url, "?#"), *before = "{\"name\":";
  har_put(&w->out, ",\"queryString\":[");
  while (*at == '?' || *at == '&') {
    at++;
    size_t length = strcspn(at, "&#"), name = strcspn(at, "=&#"), value = name < length ? name + 1 : length;
    if (length) {
      put_decoded(w, before, at, name);
      put_decoded(w, ",\"value\":", at + value, length - value);
      har_put(&w->out, "}");
      before = ",{\"name\":";
    }
    at += length;
  }
  har_put(&w->out, "]");
}

static void put_payload(har_writer *w, const http_exchange *x) {
  const char *type = "application/octet-stream";
  bytes payload = {0};
  if (!x->payload.length || !copy_line(w, x->payload.data, x->payload.length, &payload)) return;
  w->masked += har_redact_fields(payload.data, payload.length);
  for (const struct curl_slist *i = x->request_headers; i; i = i->next)
    if (strncasecmp(i->data, "Content-Type:", 13) == 0) type = i->data + 13 + strspn(i->data + 13, " \t");
  put_masked(w, ",\"postData\":{\"mimeType\":", type, strlen(type));
  har_put(&w->out, ",\"params\":[],\"text\":");
  har_put_string(&w->out, payload.data, payload.length);
  har_put(&w->out, "}");
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

static void put_request(har_writer *w, const http_exchange *x) {
  bytes url = {0};
  put_masked(w, ",\"request\":{\"method\":", x->method.data, x->method.length);
  if (copy_line(w, x->request_url.data, x->request_url.length, &url)) {
    har_redact_user(url.data, &w->masked);
    har_put(&w->out, ",\"url\":");
    har_put_string(&w->out, url.data, url.length);
    put_query(w, url.data);
  }
  bytes_wipe(&url);
  har_put(&w->out, ",\"httpVersion\":\"");
  har_put(&w->out, version_name(x->version));
  har_put(&w->out, "\",\"cookies\":[]");
  put_request_headers(w, x->request_headers);
  put_payload(w, x);
  har_put_number(&w->out, ",\"headersSize\":-1,\"bodySize\":", (int64_t)x->payload.length);
  har_put(&w->out, "}");
}

/* ---- the response */

/* The body decoded, or, when it is corrupt, as it came (`raw`). */
static bool take_body(har_writer *w, const http_exchange *x, bytes *body, bool *raw) {
  http_text decoded = http_body(x, body);
  *raw = decoded.code != HTTP_OK;
  if (*raw) bytes_free(body);
  if ((*raw || decoded.text == &x->body) && !copy(w, x->body.data, x->body.length, body)) return false;
  if (!*raw) w->masked += har_redact_fields(body->data, body->length);
  if (har_redact_body(w->store, body->data, body->length, &w->masked)) return true;
  har_file_fail(&w->out, ENOMEM);
  return false;
}

static bool is_utf8(const bytes *text) {
  for (size_t at = 0, size; at < text->length; at += size) {
    size = json_utf8_size(text->data + at, text->length - at);
    if (!size) return false;
  }
  return true;
}

static void put_content(har_writer *w, http_exchange *x) {
  bytes body = {0};
  bool raw = false;
  size_t before = w->masked;
  if (x->code == HTTP_OK && !take_body(w, x, &body, &raw)) bytes_wipe(&body);
  w->masked_in_body = w->masked - before;
  put_found(w, ",\"content\":{\"mimeType\":", x, "Content-Type", "x-unknown");
  har_put_number(&w->out, ",\"size\":", (int64_t)body.length);
  har_put(&w->out, raw ? ",\"_raw\":true,\"text\":" : ",\"text\":");
  if (!raw && is_utf8(&body)) {
    har_put_string(&w->out, body.data, body.length);
  } else {
    har_put_base64(&w->out, body.data, body.length);
    har_put(&w->out, ",\"encoding\":\"base64\"");
  }
  har_put(&w->out, "}");
  bytes_free(&body);
}

/* The reason phrase of the status line `HTTP/1.1 200 OK`. */
static void put_status_text(har_writer *w, const http_exchange *x) {
  const char *line = x->headers.length ? x->headers.data : "";
  const char *code = line + strcspn(line, " \r\n");
  code += strspn(code, " ");
  const char *phrase = code + strcspn(code, " \r\n");
  phrase += strspn(phrase, " ");
  put_masked(w, ",\"statusText\":", phrase, strcspn(phrase, "\r\n"));
}

static void put_response(har_writer *w, http_exchange *x) {
  bool ok = x->code == HTTP_OK;
  har_put_number(&w->out, ",\"response\":{\"status\":", ok ? x->status : 0);
  put_status_text(w, x);
  har_put(&w->out, ",\"httpVersion\":\"");
  har_put(&w->out, version_name(x->version));
  har_put(&w->out, "\",\"cookies\":[]");
  put_answer_headers(w, x);
  put_content(w, x);
  put_found(w, ",\"redirectURL\":", x, "Location", "");
  har_put_number(&w->out, ",\"headersSize\":-1,\"bodySize\":", ok ? (int64_t)x->body.length : -1);
  har_put(&w->out, "}");
}

/* ---- the entry */

static int64_t later(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* Connecting counts as sending. What an exchange did not live to see took no time. */
static void put_timings(har_writer *w, const http_exchange *x) {
  int64_t ended = later(x->ended, x->started);
  int64_t sent = x->sent ? later(x->sent, x->started) : ended;
  int64_t first = x->first ? later(x->first, sent) : later(ended, sent);
  har_put_number(&w->out, ",\"cache\":{},\"timings\":{\"send\":", sent - x->started);
  har_put_number(&w->out, ",\"wait\":", first - sent);
  har_put_number(&w->out, ",\"receive\":", later(ended, first) - first);
  har_put_number(&w->out, "},\"time\":", later(ended, first) - x->started);
}

/* Of the entry, not of the response: there a browser shows it as text, and this is an object. */
static void put_error(har_writer *w, const http_exchange *x) {
  if (x->code == HTTP_OK) return;
  har_put(&w->out, ",\"_error\":{\"code\":\"");
  har_put(&w->out, http_code_name(x->code));
  put_masked(w, "\",\"message\":", x->message, strlen(x->message));
  har_put(&w->out, "}");
}

static void put_entry(har_writer *w, http_exchange *x) {
  char when[CLOCK_TEXT_SIZE] = "1970-01-01T00:00:00.000000Z";
  clock_format(x->began, when);
  har_put(&w->out, "{\"startedDateTime\":\"");
  har_put(&w->out, when);
  har_put(&w->out, "\"");
  put_request(w, x);
  put_response(w, x);
  put_timings(w, x);
  put_error(w, x);
  har_put(&w->out, ",\"comment\":\"");
  if (w->masked) har_put(&w->out, "values of secrets were overwritten by asterisks");
  if (w->masked_in_body) har_put(&w->out, ", in the body too");
  har_put(&w->out, "\"}");
}

bool har_write(har_writer *w, http_exchange *x) {
  if (w->out.error) return false;
  w->masked = w->masked_in_body = 0;
  har_file_begin(&w->out);
  har_put(&w->out, w->entries ? ",\n" : "\n");
  put_entry(w, x);
  if (!har_file_commit(&w->out)) return false;
  w->entries++;
  return true;
}

/* ---- opening and closing */

static void put_head(har_writer *w, const char *version) {
  har_file_begin(&w->out);
  har_put(&w->out, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"perigee\",\"version\":");
  har_put_string(&w->out, version, strlen(version));
  har_put(&w->out, "},\"pages\":[],\"entries\":[");
  har_file_commit(&w->out);
}

har_writer *har_create(const char *path, const secrets *store, const char *version, bytes *why) {
  har_writer *w = calloc(1, sizeof *w);
  if (!w) {
    bytes_text(why, "memory is short");
    return NULL;
  }
  w->store = store;
  bool ok = har_file_open(&w->out, path, "\n]}}\n");
  if (ok && !bytes_text(&w->path, path)) har_file_fail(&w->out, ENOMEM);
  if (ok) put_head(w, version);
  if (!w->out.error) return w;
  bytes_printf(why, "cannot write the recording %s: %s", path, strerror(w->out.error));
  har_file_close(&w->out);
  bytes_free(&w->path);
  free(w);
  return NULL;
}

bool har_close(har_writer *w, bytes *why) {
  if (!w) return true;
  bool ok = har_file_close(&w->out);
  if (!ok)
    bytes_printf(why, "the recording %s ends after %zu exchanges, as it could not be written further: %s", w->path.data,
                 w->entries, strerror(w->out.error));
  bytes_free(&w->path);
  free(w);
  return ok;
}
