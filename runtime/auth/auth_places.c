#include "auth/auth_places.h"

#include "http/http_error.h"
#include "json/json_value.h"

#include <string.h>

bool auth_valid(const bytes *text) {
  json_error error;
  return text->length && text->length <= AUTH_LARGEST &&
         json_valid(text->data, text->length, (json_limits){.depth = 32}, &error);
}

static json_slice member(const bytes *text, const char *name) {
  return json_member(text->data, json_root(text->data, text->length), name);
}

json_slice auth_login(const bytes *text) {
  return member(text, "login");
}

bool auth_login_url(const bytes *text, bytes *url) {
  json_slice found = json_member(text->data, auth_login(text), "url");
  return !found.length || json_unescape(text->data, found, url);
}

static bool no_memory(http_exchange *x) {
  http_fail(x, HTTP_FAILED, "memory is short");
  return false;
}

static bool place_parameter(http_exchange *x, const char *text, const json_iterator *it) {
  bytes name = {0}, value = {0};
  bool made =
      json_unescape(text, it->key, &name) && json_unescape(text, it->value, &value) && bytes_append(&value, "", 1);
  bool ok = made ? http_add_secret_parameter(x, &name, value.data) : no_memory(x);
  bytes_free(&name);
  bytes_free(&value);
  return ok;
}

static bool place_basic(http_exchange *x, const char *text, json_slice basic) {
  bytes user = {0}, password = {0};
  bool made = json_unescape(text, json_member(text, basic, "user"), &user) &&
              json_unescape(text, json_member(text, basic, "password"), &password) && bytes_append(&user, "", 1) &&
              bytes_append(&password, "", 1);
  bool ok = made ? http_add_basic(x, user.data, password.data) : no_memory(x);
  bytes_free(&user);
  bytes_free(&password);
  return ok;
}

bool auth_place(http_exchange *x, const bytes *text) {
  json_iterator it = json_iterate(text->data, member(text, "query"));
  json_slice basic = member(text, "basic");
  bool ok = true;
  while (ok && json_next(&it)) ok = place_parameter(x, text->data, &it);
  return ok && (!basic.length || place_basic(x, text->data, basic));
}
