#include "sandbox.h"

#include "input.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#define MOST 20000 /* values that are looked at */

static lua_CFunction forbidden[128];
static size_t count;

/* ---- what is forbidden */

static void forbid(lua_State *L) {
  lua_CFunction f = lua_tocfunction(L, -1);
  MUST(!f || count < sizeof forbidden / sizeof *forbidden);
  if (f) forbidden[count++] = f;
}

static void forbid_all(lua_State *L, const char *library) {
  lua_getglobal(L, library);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) forbid(L);
  lua_pop(L, 1);
}

static void forbid_some(lua_State *L, const char *library, const char *const *names) {
  lua_getglobal(L, library);
  for (; *names; names++) {
    lua_getfield(L, -1, *names);
    forbid(L);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void sandbox_forbid(lua_State *L) {
  static const char *const base[] = {"dofile", "loadfile",     "load",  "collectgarbage", "xpcall",
                                     "warn",   "setmetatable", "print", "require",        NULL},
                           *const os[] = {"execute", "exit",      "getenv",  "remove",
                                          "rename",  "setlocale", "tmpname", NULL},
                           *const string[] = {"dump", NULL};
  forbid_all(L, "io");
  forbid_all(L, "debug");
  forbid_all(L, "package");
  forbid_all(L, "coroutine");
  forbid_some(L, "_G", base);
  forbid_some(L, "os", os);
  forbid_some(L, "string", string);
}

/* ---- what all values of a state share: the metatables of strings and of the globals */

typedef struct shared {
  const void *table, *index, *newindex;
  size_t fields;
} shared;
static shared of_strings, of_globals;

static bool is_protected(lua_State *L) {
  lua_pushliteral(L, "__metatable");
  bool has = lua_rawget(L, -2) == LUA_TBOOLEAN && !lua_toboolean(L, -1);
  lua_pop(L, 1);
  return has;
}

static shared look(lua_State *L) {
  shared s = {.table = lua_topointer(L, -1)};
  lua_getfield(L, -1, "__index");
  lua_getfield(L, -2, "__newindex");
  s.index = lua_topointer(L, -2), s.newindex = lua_topointer(L, -1);
  lua_pop(L, 2);
  MUST(is_protected(L));
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) s.fields++;
  lua_pop(L, 2);
  return s;
}

static shared look_at_strings(lua_State *L) {
  lua_pushliteral(L, "");
  MUST(lua_getmetatable(L, -1));
  return look(L);
}

static shared look_at_globals(lua_State *L) {
  lua_pushglobaltable(L);
  MUST(lua_getmetatable(L, -1));
  return look(L);
}

void sandbox_note(lua_State *L) {
  of_strings = look_at_strings(L);
  of_globals = look_at_globals(L);
}

static bool is_same(const shared *a, const shared *b) {
  return a->table == b->table && a->index == b->index && a->newindex == b->newindex && a->fields == b->fields;
}

/* A value of another kind has no metatable, which all its like would share; that of json.null cannot be reached. */
static void check_kinds(lua_State *L) {
  int top = lua_gettop(L);
  lua_pushnil(L);
  lua_pushboolean(L, true);
  lua_pushinteger(L, 1);
  lua_pushcfunction(L, sandbox_check);
  for (int i = -4; i < 0; i++) MUST(!lua_getmetatable(L, i));
  lua_pushlightuserdata(L, NULL);
  if (lua_getmetatable(L, -1)) MUST(is_protected(L));
  lua_settop(L, top);
}

/* ---- from value to value */

enum { SEEN = 1, LIST }; /* on the stack: what was met, and in which order */

/* Takes the value on top, and puts it at the list's end where it is new and leads on. */
static void meet(lua_State *L) {
  int type = lua_type(L, -1);
  lua_pushvalue(L, -1);
  bool is_known = type < LUA_TTABLE || lua_rawget(L, SEEN) != LUA_TNIL;
  lua_pop(L, 1);
  if (is_known) {
    lua_pop(L, 1);
    return;
  }
  lua_pushvalue(L, -1);
  lua_pushboolean(L, true);
  lua_rawset(L, SEEN);
  lua_rawseti(L, LIST, (lua_Integer)lua_rawlen(L, LIST) + 1);
}

static void check_value(lua_State *L) {
  lua_CFunction f = lua_tocfunction(L, -1);
  MUST(lua_type(L, -1) != LUA_TTHREAD);
  for (size_t i = 0; f && i < count; i++) MUST(f != forbidden[i]);
  const void *at = lua_topointer(L, -1);
  MUST(!at || (at != of_strings.table && at != of_globals.table && at != lua_topointer(L, LUA_REGISTRYINDEX)));
}

/* getmetatable gives it to a script, unless it has a __metatable: that of an object in C must have. */
static void meet_metatable(lua_State *L) {
  bool is_object = lua_isuserdata(L, -1);
  if (!lua_getmetatable(L, -1)) return;
  MUST(!is_object || is_protected(L));
  lua_pushliteral(L, "__metatable");
  if (lua_rawget(L, -2) == LUA_TNIL)
    lua_pop(L, 1);
  else
    lua_remove(L, -2);
  meet(L);
}

static void go_on_from(lua_State *L) {
  check_value(L);
  meet_metatable(L);
  if (!lua_istable(L, -1)) return;
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pushvalue(L, -2);
    meet(L);
    meet(L);
  }
}

int sandbox_check(lua_State *L) {
  shared strings = look_at_strings(L), globals = look_at_globals(L);
  MUST(is_same(&strings, &of_strings) && is_same(&globals, &of_globals));
  check_kinds(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_rotate(L, 1, 2);
  luaL_checkstack(L, 20, NULL);
  lua_pushglobaltable(L);
  while (lua_gettop(L) > LIST) meet(L);
  for (lua_Integer i = 1; i < MOST && lua_rawgeti(L, LIST, i) != LUA_TNIL; i++) {
    go_on_from(L);
    lua_settop(L, LIST);
  }
  return 0;
}
