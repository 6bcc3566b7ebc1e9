/* The module `comparison`: two connectors' outputs. */
#ifndef PERIGEE_COMPARISON_LUA_H
#define PERIGEE_COMPARISON_LUA_H

#include <lua.h>

int open_comparison(lua_State *L);

#endif
