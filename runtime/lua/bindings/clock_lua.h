/* The module `clock`: now, parse, format, http_date. */
#ifndef PERIGEE_CLOCK_LUA_H
#define PERIGEE_CLOCK_LUA_H

#include <lua.h>

int open_clock(lua_State *L);

#endif
