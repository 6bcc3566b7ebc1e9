/* The list of all modules in C that scripts can require, and what opens a new Lua state with them. */
#ifndef PERIGEE_MODULES_H
#define PERIGEE_MODULES_H

#include <lua.h>

/* A runtime's `open` (runtime.h): gives a new state its libraries and modules, by the kind of its host. */
int modules_open(lua_State *L);

#endif
