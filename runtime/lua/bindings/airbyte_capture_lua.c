/*
 * airbyte.capture: a stream whose sink is a table of the verb's functions. Each is called at once, from whatever host
 * writes, in the verb's own state; none can wait.
 */
#include "lua/bindings/airbyte_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define CAPTURES "perigee.captures"

typedef struct capture {
  sink base;
  stream_box *box;
  lua_State *L; /* the verb's main thread: no task runs on it */
} capture;

/* Calls of one function. `push` pushes the arguments of the next call and returns their number; -1: no call is left. */
typedef struct event {
  const capture *of;
  const char *name;
  int (*push)(lua_State *L, struct event *e);
  const void *data;
  size_t at;
} event;

/* ---- boxes are found weakly: a reference that held them would keep them, and what takes their lines, for ever */

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

/* ---- calling the verb's functions */

/* Runs protected. Returns whether more is wanted; a name without a function wants nothing, and minds nothing. */
static int call_taker(lua_State *L) {
  event *e = lua_touserdata(L, 1);
  bool more = true;
  int arguments;
  push_box(L, e->of->box);
  lua_getiuservalue(L, 2, STREAM_TAKERS);
  bool wanted = lua_getfield(L, 3, e->name) != LUA_TNIL;
  while (wanted && more) {
    lua_pushvalue(L, 4);
    if ((arguments = e->push(L, e)) < 0) break;
    lua_call(L, arguments, 1);
    more = lua_isnil(L, -1) || lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  if (!more) lua_pushliteral(L, "stopped"), lua_setiuservalue(L, 2, STREAM_WHY_STOPPED);
  lua_pushboolean(L, more);
  return 1;
}

static int keep_reason(lua_State *L) {
  push_box(L, lua_touserdata(L, 1));
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, STREAM_WHY_STOPPED);
  return 0;
}

/* A message lies on top; without memory to note it, the stream's run is ended all the same. */
static void note_reason(lua_State *L, stream_box *box) {
  lua_pushcfunction(L, keep_reason);
  lua_insert(L, -2);
  lua_pushlightuserdata(L, box);
  lua_insert(L, -2);
  host_call(L, 2, 0);
}

/* Never raises into the host that writes. */
static void take(sink *to, event e) {
  capture *c = (capture *)to;
  lua_State *L = c->L;
  int top = lua_gettop(L);
  e.of = c;
  c->box->taking = true;
  lua_pushcfunction(L, call_taker);
  lua_pushlightuserdata(L, &e);
  bool called = host_call(L, 1, 1), more = called && lua_toboolean(L, -1);
  c->box->taking = false;
  if (!called) note_reason(L, c->box);
  lua_settop(L, top);
  if (!more) sink_fail_saying(to, ECANCELED, "nobody takes this stream's lines any more");
}

/* ---- their arguments */

enum { MOST_TEXTS = 3 };
typedef struct texts {
  const char *text[MOST_TEXTS]; /* NULL: nil */
  size_t length[MOST_TEXTS];
  int count;
} texts;

static int push_texts(lua_State *L, event *e) {
  const texts *t = e->data;
  if (e->at++) return -1;
  for (int i = 0; i < t->count; i++)
    if (t->text[i])
      lua_pushlstring(L, t->text[i], t->length[i]);
    else
      lua_pushnil(L);
  return t->count;
}

static int push_number(lua_State *L, event *e) {
  if (e->at++) return -1;
  lua_pushinteger(L, *(const lua_Integer *)e->data);
  return 1;
}

static int push_record(lua_State *L, event *e) {
  const char *text;
  size_t length;
  if (!sink_next(e->data, &e->at, &text, &length)) return -1;
  lua_pushlstring(L, text, length);
  return 1;
}

static int push_summary(lua_State *L, event *e) {
  const sink_summary *of = e->data;
  if (e->at++) return -1;
  lua_createtable(L, 0, SINK_COUNTS + 1);
  for (int i = 0; i < SINK_COUNTS; i++) {
    lua_pushinteger(L, of->counts[i]);
    lua_setfield(L, -2, sink_count_names[i]);
  }
  lua_pushlstring(L, of->ended, of->ended_length);
  lua_setfield(L, -2, "ended");
  return 1;
}

/* ---- the sink */

static void take_text(sink *to, const char *name, const char *text, size_t length) {
  texts t = {.text = {text}, .length = {length}, .count = 1};
  take(to, (event){.name = name, .push = push_texts, .data = &t});
}

static void take_number(sink *to, const char *name, lua_Integer number) {
  take(to, (event){.name = name, .push = push_number, .data = &number});
}

static void log_taken(sink *to, const char *level, const char *message, size_t length) {
  texts t = {.text = {level, message}, .length = {strlen(level), length}, .count = 2};
  take(to, (event){.name = "log", .push = push_texts, .data = &t});
}

static void error_taken(sink *to, const sink_stream *s, const char *failure_type, const char *message,
                        const char *internal) {
  (void)s;
  texts t = {.text = {failure_type, message, internal}, .count = 3};
  for (int i = 0; i < t.count; i++) t.length[i] = t.text[i] ? strlen(t.text[i]) : 0;
  take(to, (event){.name = "error", .push = push_texts, .data = &t});
}

static void status_taken(sink_stream *s, const char *status) {
  take_text(s->to, "status", status, strlen(status));
}

static void limit_taken(sink_stream *s, int64_t reset) {
  take_number(s->to, "rate_limited", reset > INT64_MAX / 1000 ? INT64_MAX : reset * 1000); /* a child says any number */
}

static void estimate_taken(sink_stream *s, uint64_t rows) {
  take_number(s->to, "estimate", (lua_Integer)rows);
}

static void records_taken(sink_stream *s, const sink_records *of) {
  take(s->to, (event){.name = "record", .push = push_record, .data = of});
}

static void state_taken(sink_stream *s, const char *json, size_t length) {
  take_text(s->to, "state", json, length);
}

static void summary_taken(sink_stream *s, const sink_summary *of) {
  take(s->to, (event){.name = "summary", .push = push_summary, .data = of});
}

static void observation_taken(sink_stream *s, const char *json, size_t length) {
  take_text(s->to, "observe", json, length);
}

static void release(sink *to) {
  free(to);
}

#define CALLS                                                                                                          \
  .log = log_taken, .error = error_taken, .status = status_taken, .rate_limited = limit_taken,                         \
  .estimate = estimate_taken, .records = records_taken, .state = state_taken, .observe = observation_taken,            \
  .free = release

static sink *new_capture(lua_State *L, stream_box *box, bool summarized) {
  static const sink_calls logged = {CALLS}, told = {CALLS, .summary = summary_taken};
  capture *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  sink_begin(&c->base, summarized ? &told : &logged, runtime_of(L)->secrets);
  c->box = box;
  c->L = host_of(L)->L;
  return &c->base;
}

/*
 * airbyte.capture(name, namespace, takers): a stream whose records and all else go to the table's functions. When one
 * returns false or raises, the stream's run ends. A summary is logged where no `summary` takes it.
 */
int airbyte_capture(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *name_space = luaL_optstring(L, 2, NULL);
  luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  bool summarized = lua_getfield(L, 3, "summary") != LUA_TNIL;
  lua_settop(L, 3);
  stream_box *box = airbyte_push_stream(L);
  box->own = new_capture(L, box, summarized);
  box->stream = box->own ? sink_open(box->own, name, name_space) : NULL;
  glue_need(L, box->stream != NULL);
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 4, STREAM_TAKERS);
  keep_box(L, box, 4);
  return 1;
}
