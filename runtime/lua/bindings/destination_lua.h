/* The module `destination`: databases and files in which `sync` keeps streams as tables. */
#ifndef PERIGEE_DESTINATION_LUA_H
#define PERIGEE_DESTINATION_LUA_H

#include <lua.h>

int open_destination(lua_State *L);

#endif
