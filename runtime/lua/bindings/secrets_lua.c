#include "lua/bindings/secrets_lua.h"

#include "base/ask.h"
#include "base/files.h"
#include "base/url.h"
#include "lua/bindings/json_lua.h"
#include "lua/glue.h"
#include "lua/host.h"
#include "secrets/environment.h"
#include "secrets/secret_kind.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <string.h>

#define CONFIG_LIMIT ((size_t)16 << 20)

/* Only the text with handles becomes a Lua value, never the raw one. The spec's text is at index 2. */
static int push_without_secrets(lua_State *L, const bytes *raw) {
  size_t spec_length;
  const char *spec_text = luaL_checklstring(L, 2, &spec_length);
  bytes *spec = glue_bytes(L), *out = glue_bytes(L);
  json_error error = {0};
  json_limits limits = {.depth = JSON_SCRIPT_DEPTH};
  if (!json_valid(raw->data, raw->length, limits, &error)) return json_fail(L, raw->data, raw->length, &error);
  bool taken = bytes_append(spec, spec_text, spec_length) && json_valid(spec->data, spec->length, limits, &error) &&
               secrets_take(runtime_of(L)->secrets, spec, raw, out);
  if (!taken && secrets_are_full(runtime_of(L)->secrets))
    return glue_fail(L, "too_many", "holds more than %d secrets, which is the most", SECRETS_MOST);
  if (!taken)
    return luaL_error(L, "the configuration's secrets cannot be taken out: the spec is no JSON, or memory is short");
  lua_pushlstring(L, out->data, out->length);
  return 1;
}

/*
 * secrets.read(path, spec): the text of a configuration, with handles where the spec (JSON text) marks secrets; or
 * nil, message, code. What was read never becomes a Lua value.
 */
static int read_config(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  bytes *raw = glue_bytes(L);
  const char *why = files_read(raw, path, CONFIG_LIMIT);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  return push_without_secrets(L, raw);
}

/*
 * secrets.environment(variables, spec): the text of a configuration of environment variables, which are taken out of
 * the environment: `variables` gives the name of each field's. Handles stand where the spec marks secrets.
 */
static int read_environment(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  bytes *raw = glue_bytes(L);
  bool ok = bytes_text(raw, "{}");
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
    ok = environment_take(raw, luaL_checkstring(L, -2), luaL_checkstring(L, -1)) && ok;
  glue_need(L, ok);
  return push_without_secrets(L, raw);
}

/* secrets.grant(handle, url[, name]): to this origin, and under this name in messages. */
static int grant_secret(lua_State *L) {
  const char *name = luaL_optstring(L, 3, NULL);
  if (name) glue_need(L, secrets_name(runtime_of(L)->secrets, luaL_checkstring(L, 1), name));
  lua_pushboolean(L, secrets_grant(runtime_of(L)->secrets, luaL_checkstring(L, 1), luaL_checkstring(L, 2)));
  return 1;
}

/* A URL from a server; "" where a zero byte would hide what follows. */
static const char *check_whole(lua_State *L, int at) {
  size_t length;
  const char *text = luaL_checklstring(L, at, &length);
  return strlen(text) == length ? text : "";
}

/* secrets.widen(handle, url, domain): to one origin more of the domain that its first one is of. */
static int widen(lua_State *L) {
  lua_pushboolean(
      L, secrets_widen(runtime_of(L)->secrets, luaL_checkstring(L, 1), check_whole(L, 2), luaL_checkstring(L, 3)));
  return 1;
}

/* secrets.is_below(url, domain): whether an origin is such as `widen` takes. */
static int is_below(lua_State *L) {
  lua_pushboolean(L, url_is_below(check_whole(L, 1), luaL_checkstring(L, 2)));
  return 1;
}

/* secrets.flaw(handle): a word for what the value has that no token has, or nil. */
static int flaw(lua_State *L) {
  lua_pushstring(L, secrets_flaw(runtime_of(L)->secrets, luaL_checkstring(L, 1)));
  return 1;
}

/* secrets.prefix(handle, prefixes): which of these the value begins with, or nil. */
static int prefix(lua_State *L) {
  const char *handle = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++) {
    if (secrets_begins(runtime_of(L)->secrets, handle, luaL_checkstring(L, -1))) return 1;
    lua_pop(L, 1);
  }
  return 1;
}

/*
 * secrets.ask(field, prompt, spec): the text of a configuration of one field, typed at the terminal and not shown; a
 * handle stands there where the spec marks a secret.
 */
static int ask_for_secret(lua_State *L) {
  const char *field = luaL_checkstring(L, 1), *prompt = luaL_checkstring(L, 2);
  luaL_checkstring(L, 3);
  lua_settop(L, 3);
  bytes *line = glue_bytes(L), *raw = glue_bytes(L);
  ask_state state = ask_line(prompt, true, line);
  if (state == ASK_NO_TERMINAL) return glue_fail(L, "no_terminal", "standard input is no terminal");
  if (state == ASK_ENDED) return glue_fail(L, "ended", "nothing was typed");
  glue_need(L, state == ASK_LINE && bytes_text(raw, "{") && json_quote(raw, field, strlen(field)) &&
                   bytes_text(raw, ":") && json_quote(raw, line->data, line->length) && bytes_text(raw, "}"));
  lua_pushvalue(L, 3);
  lua_replace(L, 2);
  int count = push_without_secrets(L, raw);
  bytes_wipe(line);
  bytes_wipe(raw);
  return count;
}

/* secrets.write(path, text): writes a new file for its owner alone, with values in place of the text's handles. */
static int write_config(lua_State *L) {
  size_t length;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  bytes *whole = glue_bytes(L);
  bool exists = false;
  glue_need(L, secrets_restore(runtime_of(L)->secrets, text, length, whole));
  const char *why = files_write_private(path, whole->data, whole->length, &exists);
  bytes_wipe(whole);
  if (why) return glue_fail(L, exists ? "exists" : "unwritable", "%s", why);
  lua_pushboolean(L, true);
  return 1;
}

int open_secrets(lua_State *L) {
  static const luaL_Reg functions[] = {{"read", read_config},   {"environment", read_environment},
                                       {"grant", grant_secret}, {"widen", widen},
                                       {"is_below", is_below},  {"flaw", flaw},
                                       {"prefix", prefix},      {"ask", ask_for_secret},
                                       {"write", write_config}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
