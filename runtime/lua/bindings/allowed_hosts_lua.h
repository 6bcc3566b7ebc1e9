/* The module `allowed_hosts`: which hosts a user's own stream may send requests to. */
#ifndef PERIGEE_ALLOWED_HOSTS_LUA_H
#define PERIGEE_ALLOWED_HOSTS_LUA_H

#include <lua.h>

int open_allowed_hosts(lua_State *L);

#endif
