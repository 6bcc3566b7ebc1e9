/* The module `airbyte`: what each kind of host may write of the protocol. */
#ifndef PERIGEE_AIRBYTE_LUA_H
#define PERIGEE_AIRBYTE_LUA_H

#include "airbyte/airbyte.h"

#include <lua.h>

int open_airbyte(lua_State *L);

/* The stream object at `index`, made by airbyte.stream; raises when it is none. */
airbyte_stream *airbyte_check_stream(lua_State *L, int index);

#endif
