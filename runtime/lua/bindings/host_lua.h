/* The module `host`: options, resource, stream; for verbs also streams, read_file and run. */
#ifndef PERIGEE_HOST_LUA_H
#define PERIGEE_HOST_LUA_H

#include <lua.h>

int open_host(lua_State *L);

/* host_stream_lua.c */
int host_stream(lua_State *L);
int host_undefined(lua_State *L);
int host_streams(lua_State *L);
/* host.record and host.replay, which a prompt has, too. */
int host_record(lua_State *L);
int host_replay(lua_State *L);

#endif
