/* The module `recording`: HTTP Archives that requests are written to or answered from. */
#ifndef PERIGEE_RECORDING_LUA_H
#define PERIGEE_RECORDING_LUA_H

#include <lua.h>

int open_recording(lua_State *L);

/* Sets record and replay in the table on top of the stack: the prompt has them in `repl`. */
void recording_functions(lua_State *L);

#endif
