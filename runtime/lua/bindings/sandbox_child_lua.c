#include "lua/bindings/sandbox_child_lua.h"

#include "child/in_parent/child.h"
#include "lua/child_main.h"
#include "lua/glue.h"
#include "lua/task.h"

#include <lauxlib.h>

#define CHILD_TYPE "perigee.child"

enum { AT_SCRIPT = 2, AT_TEXT, AT_APART, AT_BOX }; /* on the stack */

/* The child is NULL before it begins and after it ended. */
typedef struct box {
  child *child;
  allowed_hosts allowed;
  task *waiting;
} box;

static int collect(lua_State *L) {
  box *b = luaL_checkudata(L, 1, CHILD_TYPE);
  child *c = b->child;
  b->child = NULL;
  child_free(c);
  allowed_hosts_free(&b->allowed);
  return 0;
}

static box *new_box(lua_State *L, task *waiting) {
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (box){.waiting = waiting};
  glue_type(L, CHILD_TYPE, NULL, collect);
  lua_setmetatable(L, AT_BOX);
  return b;
}

/* ---- its end */

static void ended(void *owner) {
  task_wake(((box *)owner)->waiting);
}

static int push_results(lua_State *L, message_reader *results) {
  int count = 0;
  bool failed = message_take_number(results);
  if (failed) luaL_pushfail(L);
  while (results->ok && results->at < results->end) {
    size_t length;
    luaL_checkstack(L, 2, "too many results");
    const char *text = message_take_number(results) ? message_take_data(results, &length) : NULL;
    if (text)
      lua_pushlstring(L, text, length);
    else
      luaL_pushfail(L);
    count++;
  }
  if (!failed) return count;
  lua_pushliteral(L, "raised");
  return count + 2;
}

static int finished(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  box *b = luaL_checkudata(L, AT_BOX, CHILD_TYPE);
  message_reader results;
  const char *wrong = child_failure(b->child, &results);
  int count = wrong ? glue_fail(L, "ended", "%s", wrong) : push_results(L, &results);
  child *c = b->child;
  b->child = NULL;
  child_free(c);
  return count;
}

/* ---- its beginning */

static void read_hosts(lua_State *L, allowed_hosts *g) {
  g->public_only = runtime_of(L)->options->cloud;
  lua_getfield(L, AT_APART, "base");
  if (!lua_isnil(L, -1))
    luaL_argcheck(L, lua_isstring(L, -1) && allowed_hosts_configure(g, lua_tostring(L, -1)), AT_APART,
                  "base is no address");
  lua_getfield(L, AT_APART, "hosts");
  if (lua_istable(L, -1))
    for (lua_Integer i = 1; lua_geti(L, -1, i) != LUA_TNIL; lua_pop(L, 1), i++)
      luaL_argcheck(L, lua_isstring(L, -1) && allowed_hosts_add(g, lua_tostring(L, -1)), AT_APART,
                    "hosts holds what is no host");
  lua_settop(L, AT_BOX);
}

static child_work read_work(lua_State *L, sink_stream *s) {
  const runtime *r = runtime_of(L);
  child_work work = {.parent = r, .stream = s};
  work.script = luaL_checkstring(L, AT_SCRIPT);
  work.text = luaL_checklstring(L, AT_TEXT, &work.length);
  luaL_checktype(L, AT_APART, LUA_TTABLE);
  lua_getfield(L, AT_APART, "time");
  work.time = child_time(r->options->script_time, (double)lua_tonumber(L, -1));
  lua_getfield(L, AT_APART, "beside");
  work.beside = lua_tostring(L, -1); /* the table keeps it alive */
  work.memory = child_memory(r->options->script_memory);
  lua_settop(L, AT_APART);
  return work;
}

static child_job job_of(lua_State *L, child_work *work, sink_stream *s, box *b) {
  child_job job = {.stream = s, .allowed = &b->allowed, .time = work->time, .memory = work->memory};
  job.run = child_main;
  job.user = work;
  job.on_end = ended;
  job.owner = b;
  lua_getfield(L, AT_APART, "grants");
  job.may_grant = lua_toboolean(L, -1);
  lua_settop(L, AT_BOX);
  return job;
}

int sandbox_run_child(lua_State *L, sink_stream *s) {
  runtime *r = runtime_of(L);
  child_work work = read_work(L, s);
  task *self = task_current(L);
  box *b = new_box(L, self);
  read_hosts(L, &b->allowed);
  child_job job = job_of(L, &work, s, b);
  child_world world = {r->http, r->scheduler, r->sink, r->progress, &r->time, &r->loop.watches};
  const char *wrong;
  sink_flush(s ? s->to : r->sink);
  b->child = child_start(&world, &job, &wrong);
  if (!b->child) return glue_fail(L, "ended", "%s", wrong);
  return task_wait(L, self, 0, 0, finished);
}
