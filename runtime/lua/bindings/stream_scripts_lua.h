/* The module `stream_scripts`: the scripts that define streams. */
#ifndef PERIGEE_STREAM_SCRIPTS_LUA_H
#define PERIGEE_STREAM_SCRIPTS_LUA_H

#include <lua.h>

int open_stream_scripts(lua_State *L);

#endif
