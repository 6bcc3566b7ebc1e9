#include "lua/bindings/sandbox_child_lua.h"

#include "child/in_parent/child.h"
#include "lua/bindings/airbyte_lua.h"
#include "lua/child_main.h"
#include "lua/glue.h"
#include "lua/script_file.h"
#include "lua/task.h"

#include <lauxlib.h>

#define CHILD_TYPE "perigee.child"

enum { AT_STREAM = 1, AT_SCRIPT, AT_TEXT, AT_APART, AT_BOX }; /* on the stack */

/* A process. The child is NULL before it begins and after it ended. */
typedef struct box {
  child *child;
  allowed_hosts allowed;
  task *waiting; /* for the end of a job; NULL: it has none */
  const runtime *runtime;
  bytes beside; /* the stream beside whose script its present job may read files; empty: none */
  bool keeps;   /* it is used again */
  bool again;   /* its present job is not its first */
} box;

static void end_child(box *b) {
  child *c = b->child;
  b->child = NULL;
  child_free(c);
}

static int collect(lua_State *L) {
  box *b = luaL_checkudata(L, 1, CHILD_TYPE);
  end_child(b);
  allowed_hosts_free(&b->allowed);
  bytes_free(&b->beside);
  return 0;
}

static box *push_box(lua_State *L) {
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  *b = (box){0};
  glue_type(L, CHILD_TYPE, NULL, collect);
  lua_setmetatable(L, -2);
  return b;
}

int sandbox_new_process(lua_State *L) {
  push_box(L)->keeps = true;
  return 1;
}

/* Puts the process that was given, or one for this call alone, where it is looked for. */
static box *find_box(lua_State *L) {
  lua_getfield(L, AT_APART, "process");
  box *b = lua_isnil(L, -1) ? NULL : luaL_checkudata(L, -1, CHILD_TYPE);
  if (!b) {
    lua_pop(L, 1);
    b = push_box(L);
  }
  luaL_argcheck(L, !b->waiting, AT_APART, "its process is at work; it does one job after the other");
  luaL_argcheck(L, !b->keeps || lua_isnil(L, AT_STREAM), AT_STREAM, "a process that is used again writes no lines");
  return b;
}

/* ---- its end */

static bool read_file(void *owner, message_reader *wanted, message_writer *answer) {
  const box *b = owner;
  return script_file_answer(b->runtime, b->beside.length ? b->beside.data : "", wanted, answer);
}

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

static int start(lua_State *L, box *b);

/* A process that ends badly in a job that is not its first may do so for what an earlier one did: once more, then. */
static int finished(lua_State *L, int status, lua_KContext context) {
  (void)context;
  box *b = luaL_checkudata(L, AT_BOX, CHILD_TYPE);
  message_reader results;
  const char *wrong = child_failure(b->child, &results);
  bool retried = wrong && b->again && status == LUA_YIELD;
  int count = retried ? 0 : wrong ? glue_fail(L, "ended", "%s", wrong) : push_results(L, &results);
  b->waiting = NULL;
  if (!wrong && b->keeps && status == LUA_YIELD) return count;
  end_child(b);
  return retried ? start(L, b) : count;
}

/* ---- its beginning */

/* Adds what a list of `apart` holds. */
static void read_grants(lua_State *L, allowed_hosts *g, const char *name,
                        bool (*add)(allowed_hosts *to, const char *text)) {
  if (lua_getfield(L, AT_APART, name) == LUA_TTABLE)
    for (lua_Integer i = 1; lua_geti(L, -1, i) != LUA_TNIL; lua_pop(L, 1), i++)
      luaL_argcheck(L, lua_isstring(L, -1) && add(g, lua_tostring(L, -1)), AT_APART,
                    "hosts or methods hold what is none");
}

static void read_hosts(lua_State *L, allowed_hosts *g) {
  allowed_hosts_free(g);
  g->public_only = runtime_of(L)->options->cloud;
  lua_getfield(L, AT_APART, "base");
  if (!lua_isnil(L, -1))
    luaL_argcheck(L, lua_isstring(L, -1) && allowed_hosts_configure(g, lua_tostring(L, -1)), AT_APART,
                  "base is no address");
  read_grants(L, g, "hosts", allowed_hosts_add);
  read_grants(L, g, "methods", allowed_hosts_allow);
  lua_settop(L, AT_BOX);
}

static child_texts read_texts(lua_State *L) {
  child_texts texts = {.script = luaL_checkstring(L, AT_SCRIPT)};
  texts.text = luaL_checklstring(L, AT_TEXT, &texts.length);
  lua_getfield(L, AT_APART, "beside");
  texts.beside = lua_tostring(L, -1); /* the table keeps it alive */
  lua_settop(L, AT_BOX);
  return texts;
}

static child_job job_of(lua_State *L, sink_stream *s, box *b) {
  const options *o = runtime_of(L)->options;
  child_job job = {.stream = s, .allowed = &b->allowed, .keeps = b->keeps, .memory = child_memory(o->script_memory)};
  lua_getfield(L, AT_APART, "time");
  job.time = child_time(o->script_time, (double)lua_tonumber(L, -1));
  job.read_file = read_file;
  job.on_end = ended;
  job.owner = b;
  lua_getfield(L, AT_APART, "grants");
  job.may_grant = lua_toboolean(L, -1);
  lua_settop(L, AT_BOX);
  return job;
}

static sink_stream *stream_of(lua_State *L) {
  return lua_isnil(L, AT_STREAM) ? NULL : airbyte_check_stream(L, AT_STREAM);
}

/* NULL: `wrong` says why. */
static child *begin_child(lua_State *L, child_job *job, const child_texts *texts, const char **wrong) {
  runtime *r = runtime_of(L);
  child_world world = {r->forks, r->http,     r->scheduler, r->logins,       r->secrets,
                       r->sink,  r->progress, &r->time,     &r->loop.watches};
  bytes *beginning = glue_bytes(L);
  child_terms terms = {.stream = job->stream, .memory = job->memory, .time = job->time, .keeps = job->keeps};
  glue_need(L, child_main_beginning(r, &terms, beginning));
  job->beginning = beginning;
  child *c = child_start(&world, job, texts, wrong);
  bytes_free(beginning);
  lua_settop(L, AT_BOX);
  return c;
}

static int start(lua_State *L, box *b) {
  runtime *r = runtime_of(L);
  sink_stream *s = stream_of(L);
  child_texts texts = read_texts(L);
  read_hosts(L, &b->allowed);
  b->runtime = r;
  bytes_clear(&b->beside);
  glue_need(L, bytes_text(&b->beside, texts.beside ? texts.beside : ""));
  child_job job = job_of(L, s, b);
  const char *wrong = "";
  sink_flush(s ? s->to : r->sink);
  b->again = b->child && child_next(b->child, &job, &texts);
  if (!b->again) {
    end_child(b); /* it has ended, or has other limits */
    b->child = begin_child(L, &job, &texts, &wrong);
  }
  if (!b->child) return glue_fail(L, "ended", "%s", wrong);
  b->waiting = task_current(L);
  return task_wait(L, b->waiting, 0, 0, finished);
}

int sandbox_run_child(lua_State *L) {
  lua_settop(L, AT_APART);
  luaL_checktype(L, AT_APART, LUA_TTABLE);
  (void)task_current(L); /* raises where nothing can wait */
  return start(L, find_box(L));
}
