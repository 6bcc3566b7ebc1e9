/*
 * The module `pacing`, for specs alone: the governor and the server's clock under a clock that a spec makes up. It is
 * in the product because specs run in that very binary (its hidden word `lua`); no other kind of host can require it.
 */
#ifndef PERIGEE_PACING_LUA_H
#define PERIGEE_PACING_LUA_H

#include <lua.h>

int open_pacing(lua_State *L);

#endif
