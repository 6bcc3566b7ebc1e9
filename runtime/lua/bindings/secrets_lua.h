/* The module `secrets`, for verbs alone: read, grant. */
#ifndef PERIGEE_SECRETS_LUA_H
#define PERIGEE_SECRETS_LUA_H

#include <lua.h>

int open_secrets(lua_State *L);

#endif
