/* For specs: the governor and the server's clock under a clock that a spec makes up. No connector's script has it. */
#ifndef PERIGEE_PACING_LUA_H
#define PERIGEE_PACING_LUA_H

#include <lua.h>

int open_pacing(lua_State *L);

#endif
