/* What a script raised, kept as one text: its message and the traceback of its thread. */
#ifndef PERIGEE_FAILURE_H
#define PERIGEE_FAILURE_H

#include "lua/host.h"
#include "lua/stop.h"

/*
 * Replaces what lies on the stack of a thread that raised by that text, and closes the thread's variables. It may need
 * memory beyond the host's cap, and calls a __tostring of the script's own: `way` says how that is stopped. Never
 * raises; what goes wrong on the way is the text then.
 */
void failure_keep(host *h, lua_State *thread, stop_way way);

/* Pushes what a thread works on, such as "; the record's id is 7", to go behind a message; else "". */
void failure_push_subject(lua_State *L, lua_State *thread);

#endif
