/* host.run in a child process, and what a script in one has besides. */
#ifndef PERIGEE_HOST_CHILD_LUA_H
#define PERIGEE_HOST_CHILD_LUA_H

#include "airbyte/airbyte.h"

#include <lua.h>

/*
 * host.run(stream, script, text, apart), whose arguments are on the stack: as host.run, in a process of its own.
 * `apart`: base (the configured host's URL), hosts (a list that is granted), grants (the script may name more itself),
 * time (s: less than the options allow).
 */
int child_run(lua_State *L, airbyte_stream *s);

/* host.grant(hosts): in a child, the hosts that the stream's script names; elsewhere nothing is to be granted. */
int child_grant(lua_State *L);

#endif
