/* The stream object of verbs: the result of airbyte.stream and airbyte.capture. */
#include "lua/bindings/airbyte_lua.h"
#include "lua/glue.h"

#include <lauxlib.h>

#define STREAM_TYPE "perigee.stream"

sink_stream *airbyte_check_stream(lua_State *L, int index) {
  const stream_box *box = luaL_checkudata(L, index, STREAM_TYPE);
  luaL_argcheck(L, !box->taking, index, "its lines are being taken; nothing can be written to it meanwhile");
  return box->stream;
}

static int stream_status(lua_State *L) {
  sink_status(airbyte_check_stream(L, 1), sink_statuses[luaL_checkoption(L, 2, NULL, sink_statuses)]);
  return 0;
}

static int stream_error(lua_State *L) {
  const sink_stream *s = airbyte_check_stream(L, 1);
  const char *type = sink_failure_types[luaL_checkoption(L, 2, NULL, sink_failure_types)];
  sink_error(s->to, s, type, luaL_checkstring(L, 3), luaL_optstring(L, 4, NULL));
  return 0;
}

/* stream:stopped(): why a captured stream's run was ended, "stopped" or what was raised; else nil. */
static int stream_stopped(lua_State *L) {
  luaL_checkudata(L, 1, STREAM_TYPE);
  lua_getiuservalue(L, 1, STREAM_WHY_STOPPED);
  return 1;
}

static int collect_stream(lua_State *L) {
  stream_box *box = luaL_checkudata(L, 1, STREAM_TYPE);
  sink_free(box->own);
  box->own = NULL;
  return 0;
}

stream_box *airbyte_push_stream(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"status", stream_status}, {"error", stream_error}, {"stopped", stream_stopped}, {NULL, NULL}};
  stream_box *box = lua_newuserdatauv(L, sizeof *box, STREAM_USER_VALUES);
  *box = (stream_box){0};
  glue_type(L, STREAM_TYPE, methods, collect_stream);
  lua_setmetatable(L, -2);
  return box;
}
