/* The module `sandbox`: runs a script in a Lua state of its own, in this process or in a child. */
#ifndef PERIGEE_SANDBOX_LUA_H
#define PERIGEE_SANDBOX_LUA_H

#include <lua.h>

int open_sandbox(lua_State *L);

#endif
