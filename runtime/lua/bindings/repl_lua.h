/* The module `repl`, for the prompt's own script alone: lines, code made of them, recordings. */
#ifndef PERIGEE_REPL_LUA_H
#define PERIGEE_REPL_LUA_H

#include <lua.h>

int open_repl(lua_State *L);

#endif
