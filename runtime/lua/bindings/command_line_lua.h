/* The module `command_line`: what the command line says, and the version. */
#ifndef PERIGEE_COMMAND_LINE_LUA_H
#define PERIGEE_COMMAND_LINE_LUA_H

#include <lua.h>

int open_command_line(lua_State *L);

#endif
