/* What all glue between Lua and C shares. */
#ifndef PERIGEE_GLUE_H
#define PERIGEE_GLUE_H

#include "base/bytes.h"

#include <lauxlib.h>
#include <lua.h>

/* Returns nil, message, code: how every function for scripts reports what the world did. */
int glue_fail(lua_State *L, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* An empty bytes value that Lua's collector owns, on the stack: nothing malloc'ed is alive across a raise. */
bytes *glue_bytes(lua_State *L);

/* Pushes a userdata that holds a copy of a text, with a zero byte behind it; its type is still to be set. */
void glue_push_text(lua_State *L, const char *text, size_t length);

/* The text in such a userdata of this type; NULL: the value at `index` is none. */
const char *glue_text_of(lua_State *L, int index, const char *type, size_t *length);

/* A writer for lua_dump: appends to the bytes that `to` is. */
int glue_dump(lua_State *L, const void *piece, size_t size, void *to);

/* Raises "memory is short" unless `done`. */
void glue_need(lua_State *L, bool done);

/* Pushes the list of a table's keys in order. Raises unless all are strings. */
void glue_sorted_keys(lua_State *L, int index);

/* Pushes names that have a zero byte behind each as a list, in order, each once. */
void glue_names(lua_State *L, const bytes *names);

/* Pushes the metatable of a userdata type, made at the first call from its methods and its collector (may be NULL). */
void glue_type(lua_State *L, const char *type, const luaL_Reg *methods, lua_CFunction collect);

#endif
