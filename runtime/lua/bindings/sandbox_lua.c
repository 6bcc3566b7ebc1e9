#include "lua/bindings/sandbox_lua.h"

#include "lua/bindings/airbyte_lua.h"
#include "lua/bindings/sandbox_child_lua.h"
#include "lua/glue.h"
#include "lua/stop.h"
#include "lua/task.h"

#include <lauxlib.h>

#define RUN_TYPE "perigee.run"

typedef struct run {
  host *inner;
  task *task;
} run;

static int collect_run(lua_State *L) {
  run *r = luaL_checkudata(L, 1, RUN_TYPE);
  host_free(r->inner);
  r->inner = NULL;
  return 0;
}

/* Copies what the inner script returned: strings, and nil for anything else. */
static int copy_results(lua_State *L, const task *t) {
  int n = t->results;
  luaL_checkstack(L, n + 1, "too many results");
  for (int i = n; i > 0; i--) {
    size_t length;
    const char *text = task_text(t, i, &length);
    if (text)
      lua_pushlstring(L, text, length);
    else
      luaL_pushfail(L);
  }
  return n;
}

static int finished(lua_State *L, int status, lua_KContext context) {
  (void)context;
  run *r = luaL_checkudata(L, 4, RUN_TYPE);
  if (status == LUA_ERRRUN) { /* interrupted: nobody is there for what it returns */
    host_free(r->inner);
    r->inner = NULL;
    return 0;
  }
  if (r->task->state != TASK_DONE) return luaL_error(L, "woken before the script ended");
  int n = copy_results(L, r->task);
  if (r->task->failed) lua_pushliteral(L, "raised"), luaL_pushfail(L), lua_insert(L, -3), n = 3;
  host_free(r->inner);
  r->inner = NULL;
  return n;
}

/* The stack is: stream or nil, script, text. */
static int run_in(lua_State *L, host_kind kind, sink_stream *s, const char *about) {
  size_t length;
  const char *script = luaL_checkstring(L, 2), *text = luaL_checklstring(L, 3, &length);
  bool is_last = lua_toboolean(L, 6);
  lua_settop(L, 3);
  task *self = task_current(L);
  run *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (run){0};
  glue_type(L, RUN_TYPE, NULL, collect_run);
  lua_setmetatable(L, 4);
  sink_flush(s ? s->to : runtime_of(L)->sink); /* what was said stays said, should it end the process (stop_prepare) */
  r->inner = host_new(runtime_of(L), kind, s);
  if (r->inner) r->inner->is_last = is_last;
  r->task =
      r->inner && stop_prepare(r->inner, about) ? task_start(r->inner, TASK_RUN_SCRIPT, script, text, length) : NULL;
  if (!r->task) return luaL_error(L, "memory is short");
  r->task->joiner = self;
  lua_pushnil(L); /* the inner state has its own copy of the text, which may be long, and the script may run long */
  lua_replace(L, 3);
  return task_wait(L, self, 0, 0, finished);
}

/*
 * sandbox.run(stream, script, text, apart, about, last): calls the function that the script returns, with the text, in
 * a state that may write the lines of that stream (nil: of none); with `apart`, in a process of its own. Returns the
 * strings that it returns; or nil, message with traceback, "raised"; or nil, message, "ended". `about`: what it is, for
 * people; `last`: no other state is begun after it, so compiled scripts need not be kept.
 */
static int run_script(lua_State *L) {
  sink_stream *s = lua_isnil(L, 1) ? NULL : airbyte_check_stream(L, 1);
  const char *about = luaL_optstring(L, 5, "a script");
  return lua_isnoneornil(L, 4) ? run_in(L, HOST_STREAM, s, about) : sandbox_run_child(L);
}

/* sandbox.prompt(script, text): the same in the state of a person's prompt, which writes no stream's lines. */
static int prompt(lua_State *L) {
  lua_settop(L, 2);
  lua_pushnil(L);
  lua_insert(L, 1);
  return run_in(L, HOST_PROMPT, NULL, "the prompt");
}

int open_sandbox(lua_State *L) {
  static const luaL_Reg functions[] = {{"run", run_script}, {"process", sandbox_new_process}, {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {{"prompt", prompt}, {NULL, NULL}};
  luaL_newlib(L, functions);
  if (host_of(L)->kind != HOST_PROMPT) luaL_setfuncs(L, of_verbs, 0);
  return 1;
}
