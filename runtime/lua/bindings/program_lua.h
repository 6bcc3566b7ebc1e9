/* The module `program`: other programs, run to their end. */
#ifndef PERIGEE_PROGRAM_LUA_H
#define PERIGEE_PROGRAM_LUA_H

#include <lua.h>

int open_program(lua_State *L);

#endif
