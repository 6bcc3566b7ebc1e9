/* The module `host`: the functions of eight other modules, under the names that they had in this one. */
#ifndef PERIGEE_HOST_LUA_H
#define PERIGEE_HOST_LUA_H

#include <lua.h>

int open_host(lua_State *L);

#endif
