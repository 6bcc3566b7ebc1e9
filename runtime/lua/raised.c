#include "lua/raised.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#define SHOWN_FIELDS 10
#define SHOWN_TEXT ((size_t)200) /* bytes of a text in a table */

void raised_push_place(lua_State *L, lua_State *thread) {
  lua_Debug at;
  for (int level = 0; lua_getstack(thread, level, &at); level++) {
    lua_getinfo(thread, "Sl", &at);
    if (at.currentline <= 0 || strncmp(at.short_src, "scripts/", 8) == 0) continue; /* perigee's own stand there */
    lua_pushfstring(L, "%s:%d: ", at.short_src, at.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

/* The value at `index` as a field of a table shows it: deeper tables by their address. */
static void push_value(lua_State *L, int index) {
  size_t length;
  if (lua_type(L, index) == LUA_TSTRING) {
    const char *text = lua_tolstring(L, index, &length);
    lua_pushlstring(L, text, length < SHOWN_TEXT ? length : SHOWN_TEXT);
    lua_pushfstring(L, "\"%s\"%s", lua_tostring(L, -1), length > SHOWN_TEXT ? "…" : "");
    lua_remove(L, -2);
  } else {
    luaL_tolstring(L, index, NULL);
  }
}

/* The field whose key and value lie on top, in place of the value. */
static void push_field(lua_State *L, const char *before) {
  int value = lua_gettop(L), key = value - 1;
  bool named = lua_type(L, key) == LUA_TSTRING;
  lua_pushvalue(L, key); /* luaL_tolstring must not change the key that lua_next goes on from */
  const char *name = luaL_tolstring(L, -1, NULL);
  push_value(L, value);
  lua_pushfstring(L, named ? "%s%s = %s" : "%s[%s] = %s", before, name, lua_tostring(L, -1));
  lua_replace(L, value);
  lua_settop(L, value);
}

/* {code = 5, message = "x"} for the table at `index`. */
static void push_fields(lua_State *L, int index) {
  int shown = 0;
  lua_pushliteral(L, "{");
  lua_pushnil(L);
  for (; shown < SHOWN_FIELDS && lua_next(L, index); shown++) {
    push_field(L, shown ? ", " : "");
    lua_pushvalue(L, -3);
    lua_insert(L, -2);
    lua_concat(L, 2);
    lua_replace(L, -3);
  }
  if (shown == SHOWN_FIELDS) lua_pop(L, 1);
  lua_pushstring(L, shown == SHOWN_FIELDS ? ", …}" : "}");
  lua_concat(L, 2);
}

static void describe_table(lua_State *L, lua_State *thread) {
  int index = lua_gettop(L);
  raised_push_place(L, thread);
  lua_pushliteral(L, "a table was raised: ");
  push_fields(L, index);
  lua_concat(L, 3);
}

void raised_describe(lua_State *L, lua_State *thread) {
  int index = lua_gettop(L), type = lua_type(L, index);
  luaL_checkstack(L, 16, "what was raised");
  bool worded = type == LUA_TTABLE && luaL_getmetafield(L, index, "__tostring") != LUA_TNIL;
  lua_settop(L, index);
  if (type == LUA_TTABLE && !worded) {
    describe_table(L, thread);
  } else if (type == LUA_TNIL) {
    raised_push_place(L, thread);
    lua_pushliteral(L, "nil was raised, which says nothing of what is wrong");
    lua_concat(L, 2);
  } else {
    luaL_tolstring(L, index, NULL);
  }
  lua_replace(L, index);
}
