#include "lua/bindings/destination_lua.h"

#include "destination/address.h"
#include "destination/landing.h"
#include "destination/schema.h"
#include "lua/bindings/airbyte_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

#define DESTINATION_TYPE "perigee.destination"

typedef struct box {
  sink *landing;
} box;

static sink *check_open(lua_State *L) {
  sink *landing = ((box *)luaL_checkudata(L, 1, DESTINATION_TYPE))->landing;
  luaL_argcheck(L, landing_destination(landing) != NULL, 1, "is closed");
  return landing;
}

/* The runtime's loop and a person's terminal look after this sink; NULL: after none. */
static void follow(runtime *r, sink *landing) {
  r->landing = landing;
  progress_follow(r->progress, landing ? landing : r->sink);
}

static int collect(lua_State *L) {
  box *b = luaL_checkudata(L, 1, DESTINATION_TYPE);
  if (b->landing && runtime_of(L)->landing == b->landing) follow(runtime_of(L), NULL);
  sink_free(b->landing);
  b->landing = NULL;
  return 0;
}

/* ---- a stream's plan: its texts stay those of the table at index 2 */

static const char *text_field(lua_State *L, int table, const char *name) {
  if (lua_getfield(L, table, name) != LUA_TSTRING) luaL_error(L, "the field '%s' must be a string", name);
  const char *text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

static bool flag_field(lua_State *L, int table, const char *name) {
  lua_getfield(L, table, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

/* A list of names; a field that is not there is an empty one. */
static size_t names_field(lua_State *L, const char *name, const char **names, size_t most) {
  size_t count = 0;
  if (lua_getfield(L, 2, name) == LUA_TTABLE)
    for (lua_Integer i = 1; lua_geti(L, -1, i) != LUA_TNIL; lua_pop(L, 1), i++) {
      luaL_argcheck(L, count < most && lua_type(L, -1) == LUA_TSTRING, 2, "too many names, or one that is no string");
      names[count++] = lua_tostring(L, -1);
    }
  lua_settop(L, 2);
  return count;
}

static destination_plan read_plan(lua_State *L) {
  destination_plan plan = {0};
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  plan.stream = text_field(L, 2, "name");
  plan.place = text_field(L, 2, "place");
  if (lua_getfield(L, 2, "former") == LUA_TSTRING) plan.former = lua_tostring(L, -1);
  lua_settop(L, 2);
  plan.is_declared = flag_field(L, 2, "declared");
  plan.is_frozen = flag_field(L, 2, "frozen");
  plan.is_gzip = flag_field(L, 2, "gzip");
  plan.replaces = flag_field(L, 2, "replaces");
  plan.resumes = flag_field(L, 2, "resumes");
  plan.is_eager = flag_field(L, 2, "eager");
  plan.keeps_state = flag_field(L, 2, "keeps_state");
  plan.key_count = names_field(L, "key", plan.key, DESTINATION_MOST_KEY);
  plan.left_out.count = names_field(L, "left_out", plan.left_out.names, LEFT_OUT_MOST);
  return plan;
}

/* The table of a stream, made from the schema that its plan holds. NULL: d->failure says why not, if anything. */
static destination_table *make_table(lua_State *L, destination *d) {
  destination_plan plan = read_plan(L);
  const char *json = text_field(L, 2, "schema");
  schema declared = {0};
  destination_table *t = NULL;
  if (schema_read(&declared, json, strlen(json))) {
    plan.fields = declared.fields;
    plan.field_count = declared.count;
    t = d->calls->table(d, &plan);
  }
  schema_free(&declared);
  return t;
}

/* ---- methods */

/* to:stream(plan): a stream whose records go to its table, and the state from which it goes on (JSON), or nil. */
static int stream(lua_State *L) {
  sink *landing = check_open(L);
  destination *d = landing_destination(landing);
  destination_table *t = make_table(L, d);
  if (!t && !d->failure.length && d->refusal.length) return glue_fail(L, "refused", "%s", d->refusal.data);
  if (!t) return glue_fail(L, "unwritable", "%s", d->failure.length ? d->failure.data : "memory is short");
  stream_box *made = airbyte_push_stream(L);
  made->stream = sink_open(landing, t->stream, NULL);
  glue_need(L, made->stream != NULL);
  landing_attach(made->stream, t);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, STREAM_TAKERS); /* the destination lives as long */
  if (t->state.length)
    lua_pushlstring(L, t->state.data, t->state.length);
  else
    lua_pushnil(L);
  return 2;
}

/* to:has(name): has this stream a table of an earlier run? */
static int has(lua_State *L) {
  destination *d = landing_destination(check_open(L));
  bool found = false;
  if (!d->calls->has(d, luaL_checkstring(L, 2), &found)) return glue_fail(L, "unreadable", "%s", d->failure.data);
  lua_pushboolean(L, found);
  return 1;
}

/* to:places(name, all): the places that this stream has states or recent runs of; `all`: any runs. */
static int places(lua_State *L) {
  destination *d = landing_destination(check_open(L));
  bytes *names = glue_bytes(L);
  if (!d->calls->places(d, luaL_checkstring(L, 2), lua_toboolean(L, 3), names))
    return glue_fail(L, "unreadable", "%s", d->failure.length ? d->failure.data : "memory is short");
  lua_newtable(L);
  lua_Integer count = 0;
  for (const char *p = names->data; p && p < names->data + names->length; p += strlen(p) + 1) {
    lua_pushstring(L, p);
    lua_seti(L, -2, ++count);
  }
  return 1;
}

static void set_count(lua_State *L, const char *name, int64_t number) {
  lua_pushinteger(L, (lua_Integer)number);
  lua_setfield(L, -2, name);
}

static const destination_table *check_table(lua_State *L) {
  const char *name = luaL_checkstring(L, 2);
  const destination_table *t = landing_destination(check_open(L))->tables;
  while (t && strcmp(t->stream, name) != 0) t = t->next;
  luaL_argcheck(L, t != NULL, 2, "is no stream of this destination");
  return t;
}

/* to:result(name): counts of rows, and notes for people, of a stream. */
static int result(lua_State *L) {
  const destination_table *t = check_table(L);
  lua_createtable(L, 0, 10);
  set_count(L, "new", t->counts.inserted);
  set_count(L, "updated", t->counts.updated);
  set_count(L, "unchanged", t->counts.unchanged);
  set_count(L, "removed", t->counts.removed);
  if (t->counts.total >= 0) set_count(L, "total", t->counts.total);
  set_count(L, "replaced", t->counts.replaced);
  set_count(L, "requests", t->summary.counts[SINK_REQUESTS]);
  lua_pushlstring(L, t->notes.data ? t->notes.data : "", t->notes.length);
  lua_setfield(L, -2, "notes");
  if (t->cursor.length) lua_pushlstring(L, t->cursor.data, t->cursor.length), lua_setfield(L, -2, "next");
  return 1;
}

/* to:refusal(name): why nothing of this stream is kept any more, though that of others is; nil: it is. */
static int refusal(lua_State *L) {
  const destination_table *t = check_table(L);
  lua_pushlstring(L, t->refusal.data ? t->refusal.data : "", t->refusal.length);
  if (!t->refusal.length) lua_pushnil(L);
  return 1;
}

/* to:failure(): why nothing can be kept any more; nil: it can. */
static int failure(lua_State *L) {
  lua_pushstring(L, sink_failure(check_open(L)));
  return 1;
}

/* to:close(): keeps what is complete. */
static int close_it(lua_State *L) {
  const char *why = landing_close(check_open(L));
  follow(runtime_of(L), NULL);
  if (why) return glue_fail(L, "unwritable", "%s", why);
  lua_pushboolean(L, true);
  return 1;
}

/* ---- functions */

static const char *const codes[] = {[DESTINATION_OPENED] = "unwritable",
                                    [DESTINATION_IN_USE] = "in_use",
                                    [DESTINATION_FOREIGN] = "foreign",
                                    [DESTINATION_REFUSED] = "unwritable"};

static destination_address read_address(lua_State *L) {
  const runtime *r = runtime_of(L);
  return (destination_address){.text = luaL_checkstring(L, 1),
                               .schema = r->options->schema,
                               .store = r->secrets,
                               .patience = r->options->outage_patience,
                               .is_gzip = r->options->gzip,
                               .is_frozen = r->options->freeze};
}

/* destination.open(path, verbose): `verbose`: what is logged at INFO is passed on, too. */
static int open_file(lua_State *L) {
  destination_address at = read_address(L);
  bool verbose = lua_toboolean(L, 2);
  destination_code code;
  bytes *why = glue_bytes(L);
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (box){0};
  static const luaL_Reg methods[] = {{"has", has},        {"places", places},   {"stream", stream},
                                     {"result", result},  {"refusal", refusal}, {"failure", failure},
                                     {"close", close_it}, {NULL, NULL}};
  glue_type(L, DESTINATION_TYPE, methods, collect);
  lua_setmetatable(L, -2);
  destination *d = address_open(&at, why, &code);
  if (!d) return glue_fail(L, codes[code], "%s", why->length ? why->data : "memory is short");
  runtime *r = runtime_of(L);
  if (!destination_recall_secrets(d, r->secrets)) {
    bytes_text(why, d->failure.length ? d->failure.data : "memory is short");
    d->calls->close(d);
    return glue_fail(L, "unwritable", "%s", why->data);
  }
  b->landing = landing_new(d, r->sink, r->secrets, verbose);
  if (!b->landing) d->calls->close(d);
  glue_need(L, b->landing != NULL);
  follow(r, b->landing);
  return 1;
}

/* destination.runs(path, most): what the newest runs came to, as a JSON array. */
static int runs(lua_State *L) {
  destination_address at = read_address(L);
  lua_Integer most = luaL_checkinteger(L, 2);
  luaL_argcheck(L, most > 0 && most <= 100000, 2, "must be from 1 to 100,000");
  bytes *json = glue_bytes(L), *why = glue_bytes(L);
  if (!address_runs(&at, (int)most, json, why))
    return glue_fail(L, "unreadable", "%s", why->length ? why->data : "memory is short");
  lua_pushlstring(L, json->data, json->length);
  return 1;
}

/* destination.peek(path, stream, place): the state from which a sync would go on, as JSON; nil: from the top. */
static int peek(lua_State *L) {
  destination_address at = read_address(L);
  const char *name = luaL_checkstring(L, 2), *place = luaL_checkstring(L, 3);
  bytes *state = glue_bytes(L), *why = glue_bytes(L);
  if (!address_peek(&at, name, place, state, why))
    return glue_fail(L, "unreadable", "%s", why->length ? why->data : "memory is short");
  if (state->length)
    lua_pushlstring(L, state->data, state->length);
  else
    lua_pushnil(L);
  return 1;
}

int open_destination(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", open_file}, {"runs", runs}, {"peek", peek}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
