#include "lua/glue.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_TYPE "perigee.bytes"

int glue_fail(lua_State *L, const char *code, const char *format, ...) {
  va_list arguments;
  luaL_pushfail(L);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_pushstring(L, code);
  return 3;
}

/* Registered when it is whole: memory may end in between, and a half one has no collector and can be reached. */
void glue_type(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction collect) {
  if (luaL_getmetatable(L, type) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 4);
  lua_pushstring(L, type);
  lua_setfield(L, -2, "__name");
  if (methods) {
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
  }
  if (collect) {
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
  }
  lua_pushboolean(L, false); /* scripts must not reach it: __gc could be called again */
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, type);
}

static int collect_bytes(lua_State *L) {
  bytes_wipe(luaL_checkudata(L, 1, BYTES_TYPE));
  return 0;
}

bytes *glue_bytes(lua_State *L) {
  bytes *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (bytes){0};
  glue_type(L, BYTES_TYPE, NULL, collect_bytes);
  lua_setmetatable(L, -2);
  return b;
}

typedef struct text {
  size_t length;
  char data[];
} text;

void glue_push_text(lua_State *L, const char *data, size_t length) {
  text *t = lua_newuserdatauv(L, sizeof *t + length + 1, 0);
  t->length = length;
  memcpy(t->data, data, length);
  t->data[length] = 0;
}

const char *glue_text_of(lua_State *L, int index, const char *type, size_t *length) {
  const text *t = luaL_testudata(L, index, type);
  if (!t) return NULL;
  *length = t->length;
  return t->data;
}

int glue_dump(lua_State *L, const void *piece, size_t size, void *to) {
  (void)L;
  return !bytes_append(to, piece, size);
}

void glue_need(lua_State *L, bool done) {
  if (!done) luaL_error(L, "memory is short");
}

typedef struct name {
  const char *text;
  size_t length;
} name;

static int compare(const void *a, const void *b) {
  const name *x = a, *y = b;
  int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
  return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* The strings stay alive in the table while we sort pointers to them. */
void glue_sorted_keys(lua_State *L, int index) {
  index = lua_absindex(L, index);
  size_t count = 0, n = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), count++)
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "names were expected as keys, and one is a %s", luaL_typename(L, -2));
  name *names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), n++) names[n].text = lua_tolstring(L, -2, &names[n].length);
  qsort(names, n, sizeof *names, compare);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushlstring(L, names[i].text, names[i].length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_remove(L, -2);
}

void glue_names(lua_State *L, const bytes *all) {
  lua_newtable(L);
  for (size_t at = 0; at < all->length; at += strlen(all->data + at) + 1) {
    lua_pushboolean(L, true);
    lua_setfield(L, -2, all->data + at);
  }
  glue_sorted_keys(L, -1);
  lua_remove(L, -2);
}
