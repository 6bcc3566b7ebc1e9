/* sandbox.run in a child process. */
#ifndef PERIGEE_SANDBOX_CHILD_LUA_H
#define PERIGEE_SANDBOX_CHILD_LUA_H

#include <lua.h>

/*
 * sandbox.run(stream, script, text, apart), whose arguments are on the stack, in a process of its own. `apart`: base
 * (the configured host's URL), hosts (a list that is granted), grants (the script may name more itself), time (s: less
 * than the options allow), process (of sandbox.process: where it is to run). Waits; returns what the script did, or
 * nil, message, "raised" or "ended".
 */
int sandbox_run_child(lua_State *L);

/* sandbox.process(): a process for several runs, one after the other, which is made when it is needed. */
int sandbox_new_process(lua_State *L);

#endif
