#include "lua/bindings/json_lua.h"
#include "lua/bindings/json_number_lua.h"
#include "lua/glue.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <string.h>

static void push_string(lua_State *L, const char *text, json_slice value) {
  const char *inside = text + value.start + 1;
  if (!memchr(inside, '\\', value.length - 2)) {
    lua_pushlstring(L, inside, value.length - 2);
    return;
  }
  bytes *unescaped = glue_bytes(L);
  if (!json_unescape(text, value, unescaped)) luaL_error(L, "memory is short");
  lua_pushlstring(L, unescaped->data ? unescaped->data : "", unescaped->length);
  lua_remove(L, -2);
}

static void push_array(lua_State *L, const char *text, json_slice value) {
  lua_newtable(L);
  luaL_setmetatable(L, JSON_ARRAY_TYPE);
  json_iterator it = json_iterate(text, value);
  for (lua_Integer n = 1; json_next(&it); n++) {
    json_push(L, text, it.value);
    lua_rawseti(L, -2, n);
  }
}

static void push_object(lua_State *L, const char *text, json_slice value) {
  lua_newtable(L);
  json_iterator it = json_iterate(text, value);
  while (json_next(&it)) {
    push_string(L, text, it.key);
    json_push(L, text, it.value);
    lua_rawset(L, -3);
  }
}

/* Recursion is bounded: json_valid accepted no more than JSON_SCRIPT_DEPTH levels before this is called. */
void json_push(lua_State *L, const char *text, json_slice value) {
  luaL_checkstack(L, 8, "JSON nested too deeply");
  switch (json_type_of(text, value)) {
  case JSON_NULL: lua_pushlightuserdata(L, NULL); break;
  case JSON_FALSE:
  case JSON_TRUE: lua_pushboolean(L, json_type_of(text, value) == JSON_TRUE); break;
  case JSON_NUMBER: json_push_number(L, text + value.start, value.length); break;
  case JSON_STRING: push_string(L, text, value); break;
  case JSON_ARRAY: push_array(L, text, value); break;
  case JSON_OBJECT: push_object(L, text, value); break;
  case JSON_ABSENT: lua_pushnil(L); break;
  }
}
