/* The module `description`: the command line as data, for the scripts that make man pages and completions of it. */
#ifndef PERIGEE_DESCRIPTION_LUA_H
#define PERIGEE_DESCRIPTION_LUA_H

#include <lua.h>

int open_description(lua_State *L);

#endif
