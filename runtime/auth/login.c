#include "auth/login.h"

#include "base/clock.h"
#include "base/url.h"
#include "http/http_error.h"
#include "pacing/rate_headers.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define DEPTH 64 /* of a response */

static json_slice member(const bytes *text, const char *name) {
  return json_member(text->data, json_root(text->data, text->length), name);
}

bool login_text(const bytes *text, const char *name, const char *other, bytes *out) {
  json_slice found = member(text, name);
  bool given = json_type_of(text->data, found) == JSON_STRING;
  return (given ? json_unescape(text->data, found, out) : bytes_text(out, other)) && bytes_append(out, "", 1);
}

/* ---- the request */

/* A value's text with its secrets in place of their handles. False: the exchange has failed. */
static bool expand(http_exchange *x, const char *json, json_slice value, bytes *out) {
  bytes plain = {0};
  bool is_text = json_type_of(json, value) == JSON_STRING;
  bool ok = (is_text ? json_unescape(json, value, &plain) : bytes_append(&plain, json + value.start, value.length)) &&
            bytes_append(&plain, "", 1);
  ok = ok ? http_expand(x, plain.data, out) : (http_fail(x, HTTP_FAILED, "memory is short"), false);
  bytes_free(&plain);
  return ok;
}

static bool add_field(http_exchange *x, const char *json, const json_iterator *it) {
  bytes name = {0}, value = {0};
  bool ok = json_unescape(json, it->key, &name) && expand(x, json, it->value, &value);
  ok = ok && (!x->payload.length || bytes_text(&x->payload, "&")) && url_encode(name.data, name.length, &x->payload) &&
       bytes_text(&x->payload, "=") && url_encode(value.data, value.length, &x->payload);
  bytes_free(&name);
  bytes_wipe(&value);
  return ok;
}

static bool add_form(http_exchange *x, const char *json, json_slice form) {
  json_iterator it = json_iterate(json, form);
  bool ok = http_add_header(x, "Content-Type", "application/x-www-form-urlencoded");
  while (ok && json_next(&it)) ok = add_field(x, json, &it);
  return ok;
}

/* As it stands there, but for the texts that hold handles. */
static bool add_json(http_exchange *x, const char *json, json_slice document) {
  size_t end = document.start + document.length, at = document.start, done = at;
  json_token token;
  bool ok = http_add_header(x, "Content-Type", "application/json");
  while (ok && json_next_token(json, end, &at, &token)) {
    if (token.sign != '"') continue;
    bytes value = {0};
    ok = bytes_append(&x->payload, json + done, token.slice.start - done) && expand(x, json, token.slice, &value) &&
         json_quote(&x->payload, value.data, value.length);
    done = token.slice.start + token.slice.length;
    bytes_wipe(&value);
  }
  return ok && bytes_append(&x->payload, json + done, end - done);
}

/* A client's name and secret are encoded as in a form before they are Basic's (RFC 6749, 2.3.1). */
static bool add_basic(http_exchange *x, const char *json, json_slice basic) {
  bytes user = {0}, password = {0}, coded[2] = {{0}, {0}};
  bool ok = expand(x, json, json_member(json, basic, "user"), &user) &&
            expand(x, json, json_member(json, basic, "password"), &password);
  ok = ok && url_encode(user.data, user.length, &coded[0]) && url_encode(password.data, password.length, &coded[1]) &&
       bytes_append(&coded[0], "", 1) && bytes_append(&coded[1], "", 1) &&
       http_add_basic(x, coded[0].data, coded[1].data);
  bytes_wipe(&user);
  bytes_wipe(&password);
  bytes_wipe(&coded[0]);
  bytes_wipe(&coded[1]);
  return ok;
}

static bool add_headers(http_exchange *x, const char *json, json_slice headers) {
  json_iterator it = json_iterate(json, headers);
  bool ok = http_add_header(x, "Accept", "application/json");
  while (ok && json_next(&it)) {
    bytes name = {0}, value = {0};
    ok = json_unescape(json, it.key, &name) && json_unescape(json, it.value, &value) && bytes_append(&name, "", 1) &&
         bytes_append(&value, "", 1) && http_add_header(x, name.data, value.data);
    bytes_free(&name);
    bytes_free(&value);
  }
  return ok;
}

static bool fill(http_exchange *x, const bytes *text) {
  json_slice form = member(text, "form"), document = member(text, "json"), basic = member(text, "basic");
  bool ok = add_headers(x, text->data, member(text, "headers"));
  if (ok && document.length) ok = add_json(x, text->data, document);
  if (ok && !document.length) ok = add_form(x, text->data, form);
  return ok && (!basic.length || add_basic(x, text->data, basic));
}

http_exchange *login_request(http *h, const bytes *text) {
  bytes url = {0};
  http_exchange *x = login_text(text, "url", "", &url) ? http_new_exchange(h, "POST", url.data) : NULL;
  bytes_free(&url);
  if (x && !fill(x, text) && x->code == HTTP_OK) http_fail(x, HTTP_FAILED, "memory is short");
  return x;
}

bool login_refresh_handle(const bytes *text, bytes *out) {
  bytes name = {0};
  json_slice given = member(text, "json");
  if (!given.length) given = member(text, "form");
  bool ok = login_text(text, "refresh", "refresh_token", &name);
  json_slice field = ok ? json_path(text->data, given, name.data) : (json_slice){0};
  if (json_type_of(text->data, field) == JSON_STRING) ok = json_unescape(text->data, field, out);
  bytes_free(&name);
  return ok && bytes_append(out, "", 1);
}

/* ---- the response */

void login_answer_free(login_answer *a) {
  bytes_wipe(&a->token);
  bytes_wipe(&a->refresh);
}

/* What stands where the description says, by `name`; appended, if it is a text or a number. */
static bool take(const bytes *body, const bytes *text, const char *name, const char *other, bytes *out) {
  bytes path = {0};
  bool ok = login_text(text, name, other, &path);
  json_slice root = json_root(body->data, body->length);
  json_slice found = ok && path.length > 1 ? json_path(body->data, root, path.data) : (json_slice){0};
  json_type type = json_type_of(body->data, found);
  if (type == JSON_STRING) ok = json_unescape(body->data, found, out);
  if (type == JSON_NUMBER) ok = bytes_append(out, body->data + found.start, found.length);
  bytes_free(&path);
  return ok;
}

/* In seconds, as of RFC 6749; or a time: since 1970 in seconds or milliseconds, or as a text. */
static int64_t lasts(const bytes *said, int64_t now) {
  int64_t at;
  char *end = NULL;
  double number = said->length ? strtod(said->data, &end) : 0;
  if (!said->length || !isfinite(number)) return INT64_MAX;
  if (end != said->data + said->length) return clock_parse(said->data, said->length, &at) ? at - now : INT64_MAX;
  if (number >= 1e15) return INT64_MAX;
  if (number >= 1e12) return (int64_t)(number * 1e3) - now;
  if (number >= 1e9) return (int64_t)(number * 1e6) - now;
  return (int64_t)(number * (double)SECOND);
}

static bool read_answer(const bytes *body, const bytes *text, int64_t now, login_answer *answer) {
  bytes expires = {0};
  bool ok = take(body, text, "token", "access_token", &answer->token) &&
            take(body, text, "expires", "expires_in", &expires) &&
            take(body, text, "refresh", "refresh_token", &answer->refresh);
  answer->lasts = lasts(&expires, now);
  bytes_free(&expires);
  return ok;
}

/* The error's name and what the server says of it (RFC 6749, 5.2), or its message by other names. */
static void add_error(const bytes *body, bytes *out) {
  static const char *const paths[] = {"error", "error.message", "message", "detail", NULL};
  json_slice root = json_root(body->data, body->length), said = {0};
  for (const char *const *path = paths; *path && !said.length; path++) {
    said = json_path(body->data, root, *path);
    if (json_type_of(body->data, said) != JSON_STRING) said = (json_slice){0};
  }
  if (!said.length) return;
  bytes_text(out, ", ");
  json_unescape(body->data, said, out);
  json_slice more = json_member(body->data, root, "error_description");
  if (json_type_of(body->data, more) != JSON_STRING) return;
  bytes_text(out, " (");
  json_unescape(body->data, more, out);
  bytes_text(out, ")");
}

/* The address without its query, which is how messages name a login. */
static void add_name(const http_exchange *x, bytes *out) {
  bytes_printf(out, "the login at %.*s", (int)strcspn(x->request_url.data, "?#"), x->request_url.data);
}

static bool is_busy(const http_exchange *x) {
  return x->status == 408 || x->status >= 500 || rate_headers_read(NULL, x, 0).limited;
}

/* Masked before it is cut: half a secret would be left of it. */
static void set_message(const http_exchange *x, bytes *words, login_failure *failure) {
  if (x->common->store) secrets_mask_in_place(x->common->store, words->data, words->length);
  (void)snprintf(failure->message, sizeof failure->message, "%s", words->length ? words->data : "memory is short");
  bytes_wipe(words);
}

static void fail(const http_exchange *x, const bytes *body, const char *what, login_failure *failure) {
  bytes words = {0};
  add_name(x, &words);
  if (x->code != HTTP_OK) {
    failure->code = x->code;
    bytes_printf(&words, " failed: %s", x->message);
  } else {
    failure->code = is_busy(x) ? HTTP_LOGIN_BUSY : HTTP_LOGIN;
    bytes_printf(&words, " %s: status %ld", what, x->status);
    if (body) add_error(body, &words);
  }
  set_message(x, &words, failure);
}

bool login_read(const http_exchange *x, const bytes *text, int64_t now, login_answer *answer, login_failure *failure) {
  bytes scratch = {0};
  json_error error;
  *answer = (login_answer){.lasts = INT64_MAX};
  http_text came = {.code = HTTP_FAILED};
  if (x->code == HTTP_OK) came = http_body(x, &scratch);
  bool is_json =
      came.code == HTTP_OK && json_valid(came.text->data, came.text->length, (json_limits){.depth = DEPTH}, &error);
  bool good = x->status >= 200 && x->status < 300;
  bool ok = is_json && good && read_answer(came.text, text, now, answer) && answer->token.length;
  if (!ok)
    fail(x, is_json ? came.text : NULL,
         good ? "brought no token where `token` of the stream's `auth` says" : "was refused", failure);
  bytes_wipe(&scratch);
  return ok;
}
