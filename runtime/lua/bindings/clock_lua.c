#include "lua/bindings/clock_lua.h"

#include "base/clock.h"
#include "http/http_response.h"
#include "lua/host.h"

#include <lauxlib.h>

static int now(lua_State *L) {
  lua_pushinteger(L, timeline_now(&runtime_of(L)->time));
  return 1;
}

static int parse(lua_State *L) {
  size_t length;
  int64_t us;
  const char *text = luaL_checklstring(L, 1, &length);
  if (clock_parse(text, length, &us))
    lua_pushinteger(L, us);
  else
    luaL_pushfail(L);
  return 1;
}

static int format(lua_State *L) {
  char text[CLOCK_TEXT_SIZE];
  lua_Integer us = luaL_checkinteger(L, 1);
  luaL_argcheck(L, clock_format(us, text), 1, "beyond the year 9999");
  lua_pushstring(L, text);
  return 1;
}

static int http_date(lua_State *L) {
  size_t length;
  int64_t us;
  const char *text = luaL_checklstring(L, 1, &length);
  if (http_parse_date(text, length, &us))
    lua_pushinteger(L, us);
  else
    luaL_pushfail(L);
  return 1;
}

int open_clock(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"now", now}, {"parse", parse}, {"format", format}, {"http_date", http_date}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
