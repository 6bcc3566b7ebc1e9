#include "secrets_lua.h"

#include "glue.h"
#include "host.h"
#include "json_lua.h"

#include <lauxlib.h>

#define CONFIG_LIMIT ((size_t)16 << 20)

/*
 * secrets.read(path, spec): the text of a configuration, with handles where the spec (JSON text) marks secrets; or
 * nil, message, code. What was read never becomes a Lua value.
 */
static int read_config(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  size_t spec_length;
  const char *spec_text = luaL_checklstring(L, 2, &spec_length);
  bytes *raw = glue_bytes(L), *spec = glue_bytes(L), *out = glue_bytes(L);
  const char *why = bytes_read_file(raw, path, CONFIG_LIMIT);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  json_error error = {0};
  json_limits limits = {.depth = JSON_SCRIPT_DEPTH};
  if (!json_valid(raw->data, raw->length, limits, &error)) return json_fail(L, raw->data, raw->length, &error);
  bool taken = bytes_append(spec, spec_text, spec_length) && json_valid(spec->data, spec->length, limits, &error) &&
               secrets_take(host_of(L)->loop->secrets, spec, raw, out);
  if (!taken)
    return luaL_error(L, "the configuration's secrets cannot be taken out: the spec is no JSON, or memory is short");
  lua_pushlstring(L, out->data, out->length);
  return 1;
}

static int grant(lua_State *L) {
  lua_pushboolean(L, secrets_grant(host_of(L)->loop->secrets, luaL_checkstring(L, 1), luaL_checkstring(L, 2)));
  return 1;
}

int open_secrets(lua_State *L) {
  static const luaL_Reg functions[] = {{"read", read_config}, {"grant", grant}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
