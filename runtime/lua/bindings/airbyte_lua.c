#include "lua/bindings/airbyte_lua.h"

#include "airbyte/waiting.h"
#include "lua/bindings/json_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>

/* Messages of a stream's host go where its records go. */
static sink *said_to(lua_State *L) {
  return host_sink(host_of(L));
}

static int log_line(lua_State *L) {
  size_t length;
  const char *level = sink_levels[luaL_checkoption(L, 1, NULL, sink_levels)];
  const char *message = luaL_checklstring(L, 2, &length);
  sink_log(said_to(L), level, message, length);
  return 0;
}

/* ---- for a stream's host: the lines of that stream alone */

static sink_stream *own_stream(lua_State *L) {
  sink_stream *s = host_of(L)->stream;
  if (!s) luaL_error(L, "nothing can be written here: no stream is being read");
  return s;
}

/* Of standard output the loop minds that; the run of a captured stream, or of one that is refused, has to be ended
 * here. */
static void need_taker(lua_State *L) {
  const sink_stream *s = own_stream(L);
  if (s->failure || (s->to != runtime_of(L)->sink && sink_broken(s->to))) luaL_error(L, "%s", sink_stream_failure(s));
}

/* For people: a list goes from record to record, so the last one's time tells how far it came. */
static void note_reached(sink_stream *s, const page *p) {
  bool timed = p->timed && p->unit != PAGE_IDS;
  for (size_t row = p->rows.count; timed && row-- > 0;) {
    if (!page_goes_out(p, row) || page_time(p, row, 0) == PAGE_NO_TIME) continue;
    s->reached = page_time(p, row, 0);
    return;
  }
}

/* Writes the records that go out of the page at index 1, whole; returns how many. */
static int write(lua_State *L, bool deleted) {
  page *p = page_check(L, 1);
  sink_records rows = {.text = page_text(p),
                       .rows = p->rows.rows,
                       .edits = p->edits.data,
                       .edited = p->edited,
                       .out = p->out ? p->out : p->keep,
                       .count = p->rows.count,
                       .noted = &p->rows,
                       .deleted = deleted};
  size_t written = sink_write(own_stream(L), &rows);
  need_taker(L);
  note_reached(own_stream(L), p);
  lua_pushinteger(L, (lua_Integer)written);
  return 1;
}

/* airbyte.emit(page) */
static int emit(lua_State *L) {
  return write(L, false);
}

/* airbyte.emit_deleted(page): the same, of objects that name records by their keys, and when they were found to be
 * gone. */
static int emit_deleted(lua_State *L) {
  return write(L, true);
}

/* airbyte.state(table): after every record that it covers. */
static int state(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *json = glue_bytes(L);
  json_write(L, 1, json);
  sink_state(own_stream(L), json->data, json->length);
  bytes_free(json);
  need_taker(L);
  return 0;
}

/* airbyte.rate_limited(until): RUNNING, with the reason; `until` in microseconds since 1970. A stream that is probed
   has no status to report it by. */
static int rate_limited(lua_State *L) {
  lua_Integer until = luaL_checkinteger(L, 1);
  luaL_argcheck(L, until >= 0, 1, "must not be negative");
  const runtime *r = runtime_of(L);
  sink_stream *s = host_of(L)->stream;
  if (s) waiting_report(s, r->progress, &r->time, until / 1000 - timeline_now(&r->time) / 1000);
  return 0;
}

/* airbyte.waiting(why, seconds): what a person reads of it at a terminal. */
static int waiting(lua_State *L) {
  const char *why = luaL_checkstring(L, 1);
  lua_Number seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 2, "must be seconds");
  const runtime *r = runtime_of(L);
  waiting_show(host_of(L)->stream, r->progress, &r->time, why, (int64_t)(seconds * 1000));
  return 0;
}

static int estimate(lua_State *L) {
  lua_Integer rows = luaL_checkinteger(L, 1);
  luaL_argcheck(L, rows >= 0, 1, "must not be negative");
  sink_estimate(own_stream(L), (uint64_t)rows);
  return 0;
}

/* airbyte.written(): records, bytes so far. */
static int written(lua_State *L) {
  const sink_stream *s = own_stream(L);
  lua_pushinteger(L, (lua_Integer)s->records);
  lua_pushinteger(L, (lua_Integer)s->record_bytes);
  return 2;
}

static int64_t count_field(lua_State *L, const char *name) {
  lua_Integer n = lua_getfield(L, 1, name) == LUA_TNIL ? 0 : luaL_checkinteger(L, -1);
  luaL_argcheck(L, n >= 0, 1, "has a negative count");
  lua_pop(L, 1);
  return n;
}

/* airbyte.summary(table): what a read came to, beside its records: counts by their names, and `ended` in words. */
static int summary(lua_State *L) {
  sink_summary of;
  luaL_checktype(L, 1, LUA_TTABLE);
  for (int i = 0; i < SINK_COUNTS; i++) of.counts[i] = count_field(L, sink_count_names[i]);
  lua_getfield(L, 1, "ended");
  of.ended = luaL_checklstring(L, -1, &of.ended_length);
  sink_summarize(own_stream(L), &of);
  return 0;
}

/* airbyte.observe(table): what a verb that tries the stream is shown. */
static int observe(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *json = glue_bytes(L);
  json_write(L, 1, json);
  sink_observe(own_stream(L), json->data, json->length);
  bytes_free(json);
  need_taker(L);
  return 0;
}

/* ---- for verbs */

static int spec(lua_State *L) {
  size_t length;
  const char *json = luaL_checklstring(L, 1, &length);
  sink_spec(said_to(L), json, length);
  return 0;
}

static int catalog(lua_State *L) {
  size_t length;
  const char *json = luaL_checklstring(L, 1, &length);
  sink_catalog(said_to(L), json, length);
  return 0;
}

static int connection_status(lua_State *L) {
  sink_connection_status(said_to(L), lua_toboolean(L, 1), luaL_optstring(L, 2, NULL));
  return 0;
}

/* airbyte.error(failure_type, message, internal): of no stream. */
static int error(lua_State *L) {
  const char *type = sink_failure_types[luaL_checkoption(L, 1, NULL, sink_failure_types)];
  sink_error(said_to(L), NULL, type, luaL_checkstring(L, 2), luaL_optstring(L, 3, NULL));
  return 0;
}

/* airbyte.stream(name, namespace): a stream of the catalog; the sink owns it. */
static int stream(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *name_space = luaL_optstring(L, 2, NULL);
  stream_box *box = airbyte_push_stream(L);
  sink_stream *opened = box->stream = sink_open(said_to(L), name, name_space);
  if (opened) opened->ledger = runtime_of(L)->ledger;
  glue_need(L, opened != NULL);
  return 1;
}

int open_airbyte(lua_State *L) {
  static const luaL_Reg of_streams[] = {{"log", log_line},
                                        {"emit", emit},
                                        {"emit_deleted", emit_deleted},
                                        {"state", state},
                                        {"rate_limited", rate_limited},
                                        {"waiting", waiting},
                                        {"estimate", estimate},
                                        {"written", written},
                                        {"summary", summary},
                                        {"observe", observe},
                                        {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {
      {"log", log_line}, {"spec", spec},     {"catalog", catalog},         {"connection_status", connection_status},
      {"error", error},  {"stream", stream}, {"capture", airbyte_capture}, {NULL, NULL}};
  lua_newtable(L);
  if (host_of(L)->kind != HOST_VERB) luaL_setfuncs(L, of_streams, 0);
  if (host_of(L)->kind & (HOST_VERB | HOST_INTERPRETER)) luaL_setfuncs(L, of_verbs, 0);
  return 1;
}
