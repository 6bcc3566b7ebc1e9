/* The module `responses`: those that several readers of a run share. */
#ifndef PERIGEE_RESPONSES_LUA_H
#define PERIGEE_RESPONSES_LUA_H

#include <lua.h>

int open_responses(lua_State *L);

#endif
