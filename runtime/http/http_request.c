#include "http/http_request.h"

#include "base/base64.h"
#include "http/http_error.h"
#include "http/http_secrets.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* It is sent as it is: a space or a line break in it would make another request of it. */
static bool is_word(const char *method) {
  const char *c = method;
  while (isalpha((unsigned char)*c)) c++;
  return c > method && !*c;
}

bool http_request_init(http_exchange *x, const char *method, const char *url) {
  if (!bytes_text(&x->method, method) || !bytes_text(&x->request_url, url) || !bytes_text(&x->url, url) ||
      !http_add_header(x, "Accept-Encoding", "gzip"))
    return false;
  if (!is_word(method)) http_fail(x, HTTP_REFUSED, "a method must be a word of letters");
  return true;
}

static void free_headers(struct curl_slist *list) {
  for (struct curl_slist *i = list; i; i = i->next) explicit_bzero(i->data, strlen(i->data));
  curl_slist_free_all(list);
}

void http_request_free(http_exchange *x) {
  free_headers(x->request_headers);
  free_headers(x->turned_headers);
  bytes_free(&x->method);
  bytes_free(&x->request_url);
  bytes_free(&x->endpoint);
  bytes_wipe(&x->payload);
  bytes_wipe(&x->secret_query);
  bytes_free(&x->auth);
}

/* A line break in a value would let it add headers of its own; a zero byte would cut it. */
static bool plain_text(const bytes *text) {
  for (size_t i = 0; i < text->length; i++) {
    unsigned char c = (unsigned char)text->data[i];
    if ((c < 32 && c != '\t') || c == 127) return false;
  }
  return true;
}

/* A token of RFC 9110. libcurl and servers take "Host;" and "Host " for what they are not by their letters. */
static bool is_token(const char *name) {
  const char *c = name;
  while (isalnum((unsigned char)*c) || (*c && strchr("!#$%&'*+-.^_`|~", *c))) c++;
  return c > name && !*c;
}

static bool append_line(http_exchange *x, const char *line) {
  struct curl_slist *list = curl_slist_append(x->request_headers, line);
  if (list) x->request_headers = list;
  return list != NULL;
}

/* `line` is whole; it is wiped. */
static bool add_line(http_exchange *x, const char *name, bytes *line, bool made) {
  bool added = false;
  if (made && !plain_text(line))
    http_fail(x, HTTP_REFUSED,
              "a header holds a line break or another control character; check the token in the config");
  else if (made && !is_token(name))
    http_fail(x, HTTP_REFUSED, "a header's name may hold letters, digits and !#$%%&'*+-.^_`|~ only");
  else
    added = made && append_line(x, line->data);
  if (!added && x->code == HTTP_OK) http_fail(x, HTTP_FAILED, "memory is short"); /* it must not go without this one */
  bytes_wipe(line);
  return added;
}

bool http_add_header(http_exchange *x, const char *name, const char *value) {
  bytes line = {0};
  bool made = bytes_printf(&line, "%s: ", name) && http_expand(x, value, &line);
  return add_line(x, name, &line, made);
}

bool http_add_plain_header(http_exchange *x, const char *name, const char *value) {
  bytes line = {0};
  bool made = bytes_printf(&line, "%s: %s", name, value);
  return add_line(x, name, &line, made);
}

/* A password of few bytes is not found in base64 by itself (secret_forms.h). */
static bool add_credentials(http_exchange *x, const bytes *both) {
  bytes value = {0};
  bool ok =
      bytes_text(&value, "Basic ") && base64_encode(both->data, both->length, &value) && bytes_append(&value, "", 1);
  ok = ok && secrets_learn(x->common->store, "basic", value.data + 6, value.length - 7);
  if (!ok) http_fail(x, HTTP_FAILED, "memory is short");
  ok = ok && http_add_plain_header(x, "Authorization", value.data);
  bytes_wipe(&value);
  return ok;
}

bool http_add_basic(http_exchange *x, const char *user, const char *password) {
  bytes both = {0};
  bool ok = http_expand(x, user, &both);
  if (ok && both.length && memchr(both.data, ':', both.length)) {
    http_fail(
        x, HTTP_REFUSED,
        "a user name with a colon in it cannot be sent by Basic (RFC 7617); check `basic` of the stream's `auth`");
    ok = false;
  }
  ok = ok && bytes_text(&both, ":") && http_expand(x, password, &both) && add_credentials(x, &both);
  bytes_wipe(&both);
  return ok;
}

bool http_payload(http_exchange *x, const void *data, size_t length) {
  return bytes_append(&x->payload, data, length);
}

static bool is_method(const http_exchange *x, const char *name) {
  return strcmp(x->method.data, name) == 0;
}

/* Servers refuse one of these that does not say how long its body is, empty ones too (411). */
static bool has_length(const http_exchange *x) {
  return x->payload.length || is_method(x, "POST") || is_method(x, "PUT") || is_method(x, "PATCH");
}

static void set_method(http_exchange *x) {
  if (x->turned || (is_method(x, "GET") && !x->payload.length)) return;
  if (is_method(x, "HEAD")) curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
  if (has_length(x)) {
    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->payload.length);
    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->payload.length ? x->payload.data : "");
  }
  curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, x->method.data);
}

bool http_request_turn(http_exchange *x) {
  struct curl_slist *kept = NULL;
  bool ok = true;
  for (const struct curl_slist *i = x->request_headers; ok && i; i = i->next) {
    if (strncasecmp(i->data, "Content-", 8) == 0) continue;
    struct curl_slist *longer = curl_slist_append(kept, i->data);
    ok = longer != NULL;
    if (ok) kept = longer;
  }
  free_headers(x->turned_headers);
  x->turned_headers = kept;
  x->turned = true;
  return ok;
}

/*
 * One HTTP/2 connection for all streams. Without TLS there is none, and libcurl would have all requests wait for the
 * first response to find that out.
 */
static void wait_to_multiplex(http_exchange *x) {
  curl_easy_setopt(x->easy, CURLOPT_PIPEWAIT, strncasecmp(x->url.data, "https:", 6) == 0 ? 1L : 0L);
}

/* libcurl sends a request again by itself where a kept connection ends before the response: never on a fresh one. */
static void keep_once(http_exchange *x) {
  if (x->once && !x->turned) curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, 1L);
}

/*
 * Of HTTP/2, libcurl does not tell whether a server ended a response or gave it up without an error (RST_STREAM). A
 * connection that is there may speak it.
 */
static void keep_framed(http_exchange *x) {
  if (!x->framed || strncasecmp(x->url.data, "https:", 6) != 0) return;
  curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, 1L);
}

void http_request_apply(http_exchange *x) {
  curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->turned ? x->turned_headers : x->request_headers);
  wait_to_multiplex(x);
  keep_once(x);
  keep_framed(x);
  set_method(x);
}
