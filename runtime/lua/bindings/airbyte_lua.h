/* The module `airbyte`: what each kind of host may write to its sink. */
#ifndef PERIGEE_AIRBYTE_LUA_H
#define PERIGEE_AIRBYTE_LUA_H

#include "airbyte/sink.h"

#include <lua.h>

int open_airbyte(lua_State *L);

/* ---- airbyte_stream_lua.c: the object that a verb has of a stream */

typedef struct stream_box {
  sink_stream *stream;
  sink *own;   /* of a captured stream: its sink, which goes with it; else NULL */
  bool taking; /* a function of the verb's is being called with a message */
} stream_box;
enum { STREAM_TAKERS = 1, STREAM_WHY_STOPPED, STREAM_USER_VALUES = 2 }; /* a captured stream's */

/* Pushes a new object, which is still to be given its stream. */
stream_box *airbyte_push_stream(lua_State *L);

/* The stream of the object at `index`; raises when it is none, or is taking. */
sink_stream *airbyte_check_stream(lua_State *L, int index);

/* ---- airbyte_capture_lua.c */

int airbyte_capture(lua_State *L);

#endif
