/* The module `resources`: files that come with the program or lie beside a stream's script. */
#ifndef PERIGEE_RESOURCES_LUA_H
#define PERIGEE_RESOURCES_LUA_H

#include <lua.h>

int open_resources(lua_State *L);

#endif
