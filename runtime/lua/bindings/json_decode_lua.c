#include "lua/bindings/json_lua.h"
#include "lua/bindings/json_number_lua.h"
#include "lua/bindings/json_text_lua.h"
#include "lua/glue.h"
#include "json/json_path.h"
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

static void push_kept(lua_State *L, const char *text, json_slice value, const json_kept *kept);

/* Of the places that lead on to an element, or to the member `key`, what is left of them behind that: in `inner`,
 * unless there are none, as for nearly all values. */
static const json_kept *step_into(const json_kept *kept, const char *text, const json_slice *key, json_kept *inner) {
  if (!kept->count) return kept;
  inner->count = 0;
  for (size_t i = 0; i < kept->count; i++) {
    json_step step;
    const char *rest = kept->paths[i];
    if (!json_path_step(&rest, &step)) continue;
    if (step.any || (key && json_string_is(text, *key, step.name, step.length))) inner->paths[inner->count++] = rest;
  }
  return inner;
}

static bool ends_here(const json_kept *kept) {
  for (size_t i = 0; i < kept->count; i++)
    if (!*kept->paths[i]) return true;
  return false;
}

static void push_array(lua_State *L, const char *text, json_slice value, const json_kept *kept) {
  json_kept room;
  const json_kept *inner = step_into(kept, text, NULL, &room);
  lua_newtable(L);
  luaL_setmetatable(L, JSON_ARRAY_TYPE);
  json_iterator it = json_iterate(text, value);
  for (lua_Integer n = 1; json_next(&it); n++) {
    push_kept(L, text, it.value, inner);
    lua_rawseti(L, -2, n);
  }
}

static void push_object(lua_State *L, const char *text, json_slice value, const json_kept *kept) {
  json_kept room;
  json_iterator it = json_iterate(text, value);
  bool any = json_next(&it);
  if (any && ends_here(kept)) {
    json_text_push(L, text + value.start, value.length);
    return;
  }
  lua_newtable(L);
  for (; any; any = json_next(&it)) {
    push_string(L, text, it.key);
    push_kept(L, text, it.value, step_into(kept, text, &it.key, &room));
    lua_rawset(L, -3);
  }
}

/* Recursion is bounded: json_valid accepted no more than JSON_SCRIPT_DEPTH levels before this is called. */
static void push_kept(lua_State *L, const char *text, json_slice value, const json_kept *kept) {
  luaL_checkstack(L, 8, "JSON nested too deeply");
  switch (json_type_of(text, value)) {
  case JSON_NULL: lua_pushlightuserdata(L, NULL); break;
  case JSON_FALSE:
  case JSON_TRUE: lua_pushboolean(L, json_type_of(text, value) == JSON_TRUE); break;
  case JSON_NUMBER: json_push_number(L, text + value.start, value.length); break;
  case JSON_STRING: push_string(L, text, value); break;
  case JSON_ARRAY: push_array(L, text, value, kept); break;
  case JSON_OBJECT: push_object(L, text, value, kept); break;
  case JSON_ABSENT: lua_pushnil(L); break;
  }
}

json_kept json_check_kept(lua_State *L, int index) {
  json_kept kept = {.count = 0};
  if (lua_isnoneornil(L, index)) return kept;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_Integer i = 1; lua_rawgeti(L, index, i) != LUA_TNIL; lua_pop(L, 1), i++) {
    luaL_argcheck(L, kept.count < JSON_MOST_KEPT, index, "too many places");
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING && json_path_valid(lua_tostring(L, -1)), index,
                  "holds what is no path");
    kept.paths[kept.count++] = lua_tostring(L, -1); /* the table keeps it alive */
  }
  lua_pop(L, 1);
  return kept;
}

void json_push(lua_State *L, const char *text, json_slice value, const json_kept *kept) {
  static const json_kept none = {.count = 0};
  push_kept(L, text, value, kept ? kept : &none);
}
