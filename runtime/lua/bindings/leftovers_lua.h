/* The module `leftovers`, of the interpreter alone: what is still open in this process, for specs to leave nothing. */
#ifndef PERIGEE_LEFTOVERS_LUA_H
#define PERIGEE_LEFTOVERS_LUA_H

#include <lua.h>

int open_leftovers(lua_State *L);

#endif
