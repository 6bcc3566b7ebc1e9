#include "lua/bindings/airbyte_lua.h"

#include "lua/bindings/json_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

#define STREAM_TYPE "perigee.stream"

#define CAPTURES "perigee.captures"

typedef struct stream_box {
  airbyte_stream *stream;
  airbyte *own; /* of a captured stream: its writer, which goes with it */
  host *owner;
  bool taking;
} stream_box;
enum { TAKER = 1, WHY_STOPPED, USER_VALUES = 2 }; /* a captured stream's: what takes its lines; why it does no more */

/* What a stream's host says goes where its records go. */
static airbyte *writer(lua_State *L) {
  const host *h = host_of(L);
  return h->stream ? h->stream->to : h->runtime->airbyte;
}

static const char *const failure_types[] = {"config_error", "system_error", "transient_error", NULL};
static const char *const statuses[] = {"STARTED", "RUNNING", "COMPLETE", "INCOMPLETE", NULL};

static int log_line(lua_State *L) {
  size_t length;
  const char *level = airbyte_levels[luaL_checkoption(L, 1, NULL, airbyte_levels)];
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

/* Of standard output the loop minds that; a captured stream's run has to be ended here. */
static void need_taker(lua_State *L) {
  const airbyte *to = own_stream(L)->to;
  if (to != runtime_of(L)->airbyte && airbyte_broken(to)) luaL_error(L, "nobody takes this stream's lines any more");
}

/* airbyte.emit(page): writes the records that go out of it, whole; returns how many. */
static int emit(lua_State *L) {
  page *p = page_check(L, 1);
  airbyte_rows rows = {page_text(p), p->rows.rows, p->edits.data, p->edited, p->out ? p->out : p->keep, p->rows.count};
  size_t written = airbyte_records(own_stream(L), &rows);
  need_taker(L);
  lua_pushinteger(L, (lua_Integer)written);
  return 1;
}

/* airbyte.state(table): after every record that it covers. */
static int state(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *json = glue_bytes(L);
  json_write(L, 1, json);
  airbyte_state(own_stream(L), json->data, json->length);
  bytes_free(json);
  need_taker(L);
  return 0;
}

/* airbyte.rate_limited(until): RUNNING, with the reason; `until` in microseconds since 1970. */
static int rate_limited(lua_State *L) {
  lua_Integer until = luaL_checkinteger(L, 1);
  luaL_argcheck(L, until >= 0, 1, "must not be negative");
  airbyte_rate_limited(own_stream(L), until / 1000);
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
  const stream_box *box = luaL_checkudata(L, index, STREAM_TYPE);
  luaL_argcheck(L, !box->taking, index, "its lines are being taken; nothing can be written to it meanwhile");
  return box->stream;
}

static int stream_status(lua_State *L) {
  airbyte_status(airbyte_check_stream(L, 1), statuses[luaL_checkoption(L, 2, NULL, statuses)]);
  return 0;
}

static int stream_error(lua_State *L) {
  airbyte_stream *s = airbyte_check_stream(L, 1);
  const char *type = failure_types[luaL_checkoption(L, 2, NULL, failure_types)];
  airbyte_error(s->to, s, type, luaL_checkstring(L, 3), luaL_optstring(L, 4, NULL));
  return 0;
}

/* stream:stopped(): why a captured stream's lines are taken no more, "stopped" or what was raised; else nil. */
static int stream_stopped(lua_State *L) {
  luaL_checkudata(L, 1, STREAM_TYPE);
  lua_getiuservalue(L, 1, WHY_STOPPED);
  return 1;
}

static int collect_stream(lua_State *L) {
  stream_box *box = luaL_checkudata(L, 1, STREAM_TYPE);
  airbyte_free(box->own);
  box->own = NULL;
  return 0;
}

static stream_box *new_box(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"status", stream_status}, {"error", stream_error}, {"stopped", stream_stopped}, {NULL, NULL}};
  stream_box *box = lua_newuserdatauv(L, sizeof *box, USER_VALUES);
  *box = (stream_box){.owner = host_of(L)};
  glue_type(L, STREAM_TYPE, methods, collect_stream);
  lua_setmetatable(L, -2);
  return box;
}

/* airbyte.stream(name, namespace): a stream of the catalog; the writer owns it. */
static int stream(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *name_space = luaL_optstring(L, 2, NULL);
  stream_box *box = new_box(L);
  box->stream = airbyte_open(writer(L), name, name_space);
  glue_need(L, box->stream != NULL);
  return 1;
}

/* ---- captured streams: their lines go to a function of the verb's */

typedef struct taken {
  stream_box *box;
  const char *lines;
  size_t length;
} taken;

/* Boxes are found weakly: a reference that held them would keep them, and what takes their lines, for ever. */
static void push_box(lua_State *L, const stream_box *box) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, CAPTURES);
  lua_rawgetp(L, -1, box);
  lua_remove(L, -2);
}

static void keep_box(lua_State *L, const stream_box *box, int index) {
  if (!luaL_getsubtable(L, LUA_REGISTRYINDEX, CAPTURES)) {
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
  }
  lua_pushvalue(L, index);
  lua_rawsetp(L, -2, box);
  lua_pop(L, 1);
}

/* Runs protected in the owner's state. Returns whether more lines are wanted. */
static int take_lines(lua_State *L) {
  const taken *t = lua_touserdata(L, 1);
  const char *at = t->lines, *end = at + t->length;
  bool more = true;
  push_box(L, t->box);
  lua_getiuservalue(L, 2, TAKER);
  while (more && at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    lua_pushvalue(L, 3);
    lua_pushlstring(L, at, (size_t)((stop ? stop : end) - at));
    lua_call(L, 1, 1);
    more = lua_isnil(L, -1) || lua_toboolean(L, -1);
    lua_pop(L, 1);
    at = stop ? stop + 1 : end;
  }
  if (!more) lua_pushliteral(L, "stopped"), lua_setiuservalue(L, 2, WHY_STOPPED);
  lua_pushboolean(L, more);
  return 1;
}

static int keep_reason(lua_State *L) {
  push_box(L, lua_touserdata(L, 1));
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, WHY_STOPPED);
  return 0;
}

/* What takes the lines of a captured stream, called when any host writes; it never raises into that host. */
static bool take(void *user, const char *lines, size_t length) {
  stream_box *box = user;
  lua_State *L = box->owner->L; /* its main thread: no task runs on it */
  taken t = {box, lines, length};
  int top = lua_gettop(L);
  box->taking = true;
  lua_pushcfunction(L, take_lines);
  lua_pushlightuserdata(L, &t);
  bool called = host_call(L, 1, 1), more = called && lua_toboolean(L, -1);
  box->taking = false;
  if (!called) { /* a message lies on top; without memory to note it, the lines are stopped all the same */
    lua_pushcfunction(L, keep_reason);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, box);
    lua_insert(L, -2);
    host_call(L, 2, 0);
  }
  lua_settop(L, top);
  return more;
}

/*
 * airbyte.capture(name, namespace, on_line): a stream whose lines go to a function, each at once and without its break;
 * when that returns false or raises, the stream's run ends.
 */
static int capture(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *name_space = luaL_optstring(L, 2, NULL);
  luaL_checktype(L, 3, LUA_TFUNCTION);
  lua_settop(L, 3);
  stream_box *box = new_box(L);
  box->own = airbyte_new_to(take, box, runtime_of(L)->secrets, &runtime_of(L)->time);
  box->stream = box->own ? airbyte_open(box->own, name, name_space) : NULL;
  glue_need(L, box->stream != NULL);
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 4, TAKER);
  keep_box(L, box, 4);
  return 1;
}

int open_airbyte(lua_State *L) {
  static const luaL_Reg of_streams[] = {
      {"log", log_line},      {"emit", emit},       {"state", state}, {"rate_limited", rate_limited},
      {"estimate", estimate}, {"written", written}, {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {
      {"log", log_line}, {"spec", spec},     {"catalog", catalog}, {"connection_status", connection_status},
      {"error", error},  {"stream", stream}, {"capture", capture}, {NULL, NULL}};
  lua_newtable(L);
  if (host_of(L)->kind != HOST_VERB) luaL_setfuncs(L, of_streams, 0);
  if (host_of(L)->kind & (HOST_VERB | HOST_INTERPRETER)) luaL_setfuncs(L, of_verbs, 0);
  return 1;
}
