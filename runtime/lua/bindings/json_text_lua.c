#include "lua/bindings/json_text_lua.h"

#include "lua/glue.h"

#include <lauxlib.h>

#define TEXT_TYPE "json.text"

const char *json_text_of(lua_State *L, int index, size_t *length) {
  return glue_text_of(L, index, TEXT_TYPE, length);
}

static int to_string(lua_State *L) {
  size_t length;
  luaL_checkudata(L, 1, TEXT_TYPE);
  const char *text = json_text_of(L, 1, &length);
  lua_pushlstring(L, text, length);
  return 1;
}

void json_text_push(lua_State *L, const char *text, size_t length) {
  glue_push_text(L, text, length);
  glue_type(L, TEXT_TYPE, NULL, NULL);
  lua_pushcfunction(L, to_string);
  lua_setfield(L, -2, "__tostring");
  lua_setmetatable(L, -2);
}

int json_is_text(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, luaL_testudata(L, 1, TEXT_TYPE) != NULL);
  return 1;
}
