#include "lua/sandbox.h"

#include "lua/host.h"

#include <lauxlib.h>
#include <lualib.h>

/* A finalizer runs with hooks off, so nothing could stop a loop in it: scripts cannot have one. */
static int safe_setmetatable(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
  lua_settop(L, 2);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  lua_pushliteral(L, "__gc");
  if (lua_istable(L, 2) && lua_rawget(L, 2) != LUA_TNIL)
    return luaL_error(L, "__gc is not allowed in a script; release what you hold where you are done with it");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

static void remove_fields(lua_State *L, const char *const *names) {
  for (; *names; names++) {
    lua_pushnil(L);
    lua_setfield(L, -2, *names);
  }
}

/* `print` writes a LOG line: standard output is the protocol's. */
static int print_line(lua_State *L) {
  int n = lua_gettop(L);
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  for (int i = 1; i <= n; i++) {
    if (i > 1) luaL_addchar(&line, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  sink_log(host_sink(host_of(L)), "INFO", text, length);
  return 0;
}

static int undefined(lua_State *L) {
  return luaL_error(L, "undefined global '%s'", luaL_tolstring(L, 2, NULL));
}

static int undeclared(lua_State *L) {
  return luaL_error(L, "'%s' is not declared; write `local %s`", luaL_tolstring(L, 2, NULL),
                    luaL_tolstring(L, 2, NULL));
}

void sandbox_close(lua_State *L) {
  lua_pushglobaltable(L);
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, undefined);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, undeclared);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

static void open_base(lua_State *L) {
  static const char *const removed[] = {"dofile", "loadfile", "load", "collectgarbage", "xpcall", "warn", NULL};
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  remove_fields(L, removed);
  lua_pushcfunction(L, safe_setmetatable);
  lua_setfield(L, -2, "setmetatable");
  lua_pushcfunction(L, print_line);
  lua_setfield(L, -2, "print");
  lua_pop(L, 1);
}

/* The metatable of strings is one for the whole state: nobody may reach it. No bytecode, so no string.dump. */
static void open_string(lua_State *L) {
  static const char *const removed[] = {"dump", NULL};
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  remove_fields(L, removed);
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 3);
}

/* On a replay `os.time()` and `os.date(format)` go by the recording's clock, as all else does; with a time of their own
 * they are Lua's (the upvalue). */
static int call_original(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int os_time(lua_State *L) {
  const timeline *time = &runtime_of(L)->time;
  if (!time->fixed || !lua_isnoneornil(L, 1)) return call_original(L);
  lua_pushinteger(L, timeline_now(time) / 1000000);
  return 1;
}

static int os_date(lua_State *L) {
  const timeline *time = &runtime_of(L)->time;
  lua_settop(L, 2);
  if (lua_isnil(L, 1)) lua_pushliteral(L, "%c"), lua_replace(L, 1);
  if (lua_isnil(L, 2)) lua_pushinteger(L, timeline_now(time) / 1000000), lua_replace(L, 2);
  return call_original(L);
}

/* Waits are drawn at random: on a replay from a fixed seed, or no two were alike. */
static void fix_chance(lua_State *L) {
  lua_getglobal(L, LUA_MATHLIBNAME);
  lua_getfield(L, -1, "randomseed");
  lua_pushinteger(L, 1);
  lua_call(L, 1, 0);
  lua_pop(L, 1);
}

static void replace(lua_State *L, const char *name, lua_CFunction by) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, by, 1);
  lua_setfield(L, -2, name);
}

static void open_os(lua_State *L) {
  static const char *const kept[] = {"time", "date", "clock", "difftime", NULL};
  luaL_requiref(L, LUA_OSLIBNAME, luaopen_os, 0);
  lua_newtable(L);
  for (const char *const *name = kept; *name; name++) {
    lua_getfield(L, -2, *name);
    lua_setfield(L, -2, *name);
  }
  replace(L, "time", os_time);
  replace(L, "date", os_date);
  lua_setglobal(L, LUA_OSLIBNAME);
  lua_pop(L, 1);
}

void sandbox_open(lua_State *L) {
  open_base(L);
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  lua_pop(L, 3);
  open_string(L);
  open_os(L);
  if (runtime_of(L)->time.fixed) fix_chance(L);
}
