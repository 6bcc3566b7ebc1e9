/* The module `console`: write, terminal. */
#ifndef PERIGEE_CONSOLE_LUA_H
#define PERIGEE_CONSOLE_LUA_H

#include <lua.h>

int open_console(lua_State *L);

#endif
