#include "lua/bindings/keys_lua.h"

#include "lua/glue.h"

#include <lauxlib.h>

#define KEYSET_TYPE "perigee.keys"
#define MAX_LIMIT 10000000

keyset *keyset_check(lua_State *L, int index) {
  return luaL_checkudata(L, index, KEYSET_TYPE);
}

static int collect(lua_State *L) {
  keyset_free(keyset_check(L, 1));
  return 0;
}

/* set:count(). */
static int count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)keyset_check(L, 1)->count);
  return 1;
}

/* set:add(text): a key of any text, such as a cursor; true when it was not there. */
static int add(lua_State *L) {
  size_t length;
  keyset *s = keyset_check(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  key k = key_of((key){0}, text, length);
  bool known = keyset_has(s, k);
  glue_need(L, keyset_add(s, k));
  lua_pushboolean(L, !known);
  return 1;
}

/* set:list(): the keys' texts, oldest first, for a state. */
static int list(lua_State *L) {
  const keyset *s = keyset_check(L, 1);
  char text[KEY_TEXT_SIZE];
  lua_createtable(L, (int)s->count, 0);
  for (size_t i = 0; i < s->count; i++) {
    key_write(keyset_at(s, i), text);
    lua_pushlstring(L, text, KEY_TEXT_SIZE - 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* set:load(list): adds texts that list() gave; false when one is none. */
static int load(lua_State *L) {
  keyset *s = keyset_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer n = luaL_len(L, 2);
  for (lua_Integer i = 1; i <= n; i++) {
    size_t length = 0;
    key k;
    const char *text = lua_rawgeti(L, 2, i) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
    if (!key_read(text, length, &k)) {
      lua_pushboolean(L, false);
      return 1;
    }
    glue_need(L, keyset_add(s, k));
    lua_pop(L, 1);
  }
  lua_pushboolean(L, true);
  return 1;
}

/* keys.set(limit): an empty set, that forgets its oldest key beyond the limit. */
static int set(lua_State *L) {
  static const luaL_Reg methods[] = {{"count", count}, {"add", add}, {"list", list}, {"load", load}, {NULL, NULL}};
  lua_Integer limit = luaL_checkinteger(L, 1);
  luaL_argcheck(L, limit > 0 && limit <= MAX_LIMIT, 1, "a limit from 1 to 10,000,000 was expected");
  keyset *s = lua_newuserdatauv(L, sizeof *s, 0);
  keyset_init(s, (size_t)limit);
  glue_type(L, KEYSET_TYPE, methods, collect);
  lua_setmetatable(L, -2);
  return 1;
}

int open_keys(lua_State *L) {
  static const luaL_Reg functions[] = {{"set", set}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
