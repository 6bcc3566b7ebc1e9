#include "lua/bindings/json_text_lua.h"

#include "lua/glue.h"

#include <lauxlib.h>
#include <string.h>

#define TEXT_TYPE "json.text"

typedef struct json_text {
  size_t length;
  char data[];
} json_text;

const char *json_text_of(lua_State *L, int index, size_t *length) {
  const json_text *t = luaL_testudata(L, index, TEXT_TYPE);
  if (!t) return NULL;
  *length = t->length;
  return t->data;
}

static int to_string(lua_State *L) {
  const json_text *t = luaL_checkudata(L, 1, TEXT_TYPE);
  lua_pushlstring(L, t->data, t->length);
  return 1;
}

void json_text_push(lua_State *L, const char *text, size_t length) {
  json_text *t = lua_newuserdatauv(L, sizeof *t + length, 0);
  t->length = length;
  memcpy(t->data, text, length);
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
