#include "airbyte_lua.h"

#include "glue.h"
#include "host.h"
#include "json_lua.h"
#include "page_lua.h"

#include <lauxlib.h>

#define STREAM_TYPE "perigee.stream"

typedef struct stream_box {
  airbyte_stream *stream;
} stream_box;

static airbyte *writer(lua_State *L) {
  return host_of(L)->loop->airbyte;
}

static const char *const failure_types[] = {"config_error", "system_error", "transient_error", NULL};
static const char *const statuses[] = {"STARTED", "RUNNING", "COMPLETE", "INCOMPLETE", NULL};

static int log_line(lua_State *L) {
  static const char *const levels[] = {"FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", NULL};
  size_t length;
  const char *level = levels[luaL_checkoption(L, 1, NULL, levels)];
  const char *message = luaL_checklstring(L, 2, &length);
  airbyte_log(writer(L), level, message, length);
  return 0;
}

/* ---- for a stream's host: the lines of that stream alone */

static airbyte_stream *own_stream(lua_State *L) {
  airbyte_stream *s = host_of(L)->stream;
  if (!s) luaL_error(L, "nothing can be written here: no stream is being read");
  return s;
}

/* airbyte.emit(page): writes the records that go out of it, whole; returns how many. */
static int emit(lua_State *L) {
  page *p = page_check(L, 1);
  airbyte_rows rows = {page_text(p), p->rows.rows, p->edits.data, p->edited, p->out ? p->out : p->keep, p->rows.count};
  lua_pushinteger(L, (lua_Integer)airbyte_records(own_stream(L), &rows));
  return 1;
}

/* airbyte.state(table): after every record that it covers. */
static int state(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *json = glue_bytes(L);
  json_write(L, 1, json);
  airbyte_state(own_stream(L), json->data, json->length);
  return 0;
}

/* airbyte.rate_limited(until): RUNNING, with the reason; `until` in microseconds since 1970. */
static int rate_limited(lua_State *L) {
  airbyte_rate_limited(own_stream(L), luaL_checkinteger(L, 1) / 1000);
  return 0;
}

static int estimate(lua_State *L) {
  lua_Integer rows = luaL_checkinteger(L, 1);
  luaL_argcheck(L, rows >= 0, 1, "must not be negative");
  airbyte_estimate(own_stream(L), (uint64_t)rows);
  return 0;
}

/* airbyte.written(): records, bytes so far. */
static int written(lua_State *L) {
  const airbyte_stream *s = own_stream(L);
  lua_pushinteger(L, (lua_Integer)s->records);
  lua_pushinteger(L, (lua_Integer)s->record_bytes);
  return 2;
}

/* ---- for verbs */

static int spec(lua_State *L) {
  size_t length;
  const char *json = luaL_checklstring(L, 1, &length);
  airbyte_spec(writer(L), json, length);
  return 0;
}

static int catalog(lua_State *L) {
  size_t length;
  const char *json = luaL_checklstring(L, 1, &length);
  airbyte_catalog(writer(L), json, length);
  return 0;
}

static int connection_status(lua_State *L) {
  airbyte_connection_status(writer(L), lua_toboolean(L, 1), luaL_optstring(L, 2, NULL));
  return 0;
}

/* airbyte.error(failure_type, message, internal): of no stream. */
static int error(lua_State *L) {
  const char *type = failure_types[luaL_checkoption(L, 1, NULL, failure_types)];
  airbyte_error(writer(L), NULL, type, luaL_checkstring(L, 2), luaL_optstring(L, 3, NULL));
  return 0;
}

airbyte_stream *airbyte_check_stream(lua_State *L, int index) {
  return ((stream_box *)luaL_checkudata(L, index, STREAM_TYPE))->stream;
}

static int stream_status(lua_State *L) {
  airbyte_status(airbyte_check_stream(L, 1), statuses[luaL_checkoption(L, 2, NULL, statuses)]);
  return 0;
}

static int stream_error(lua_State *L) {
  airbyte_stream *s = airbyte_check_stream(L, 1);
  const char *type = failure_types[luaL_checkoption(L, 2, NULL, failure_types)];
  airbyte_error(writer(L), s, type, luaL_checkstring(L, 3), luaL_optstring(L, 4, NULL));
  return 0;
}

/* airbyte.stream(name, namespace): a stream of the catalog; the writer owns it. */
static int stream(lua_State *L) {
  static const luaL_Reg methods[] = {{"status", stream_status}, {"error", stream_error}, {NULL, NULL}};
  lua_settop(L, 2);
  stream_box *box = lua_newuserdatauv(L, sizeof(stream_box), 0);
  box->stream = airbyte_open(writer(L), luaL_checkstring(L, 1), luaL_optstring(L, 2, NULL));
  glue_need(L, box->stream != NULL);
  glue_type(L, STREAM_TYPE, methods, NULL);
  lua_setmetatable(L, -2);
  return 1;
}

int open_airbyte(lua_State *L) {
  static const luaL_Reg of_streams[] = {
      {"log", log_line},      {"emit", emit},       {"state", state}, {"rate_limited", rate_limited},
      {"estimate", estimate}, {"written", written}, {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {
      {"log", log_line}, {"spec", spec},     {"catalog", catalog}, {"connection_status", connection_status},
      {"error", error},  {"stream", stream}, {NULL, NULL}};
  lua_newtable(L);
  if (host_of(L)->kind != HOST_VERB) luaL_setfuncs(L, of_streams, 0);
  if (host_of(L)->kind != HOST_STREAM) luaL_setfuncs(L, of_verbs, 0);
  return 1;
}
