/* The module `files`: any file, for verbs. */
#ifndef PERIGEE_FILES_LUA_H
#define PERIGEE_FILES_LUA_H

#include <lua.h>

int open_files(lua_State *L);

#endif
