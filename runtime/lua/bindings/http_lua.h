/* The module `http`. */
#ifndef PERIGEE_HTTP_LUA_H
#define PERIGEE_HTTP_LUA_H

#include <lua.h>

int open_http(lua_State *L);

#endif
