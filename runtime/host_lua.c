#include "host_lua.h"

#include "airbyte_lua.h"
#include "child_lua.h"
#include "glue.h"
#include "host.h"

#include <lauxlib.h>
#include <string.h>

#define RUN_TYPE "perigee.run"
#define FILE_LIMIT ((size_t)64 << 20)

static void set_number(lua_State *L, const char *name, int64_t value, lua_Number unit) {
  if (!value) return;
  lua_pushnumber(L, (lua_Number)value / unit);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

/* host.options(): what the command line says to scripts; times in seconds, absent where the default holds. */
static int options_table(lua_State *L) {
  const options *o = host_of(L)->loop->options;
  lua_newtable(L);
  set_text(L, "verb", o->verb);
  set_text(L, "word", o->word);
  set_text(L, "config", o->config);
  set_text(L, "catalog", o->catalog);
  set_text(L, "state", o->state);
  lua_pushboolean(L, o->debug);
  lua_setfield(L, -2, "debug");
  set_number(L, "check_budget", o->check_budget, 1000);
  set_number(L, "retry_base", o->retry_base, 1000);
  set_number(L, "retry_attempts", o->retry_attempts, 1);
  set_number(L, "rate_limit_patience", o->rate_limit_patience, 1000);
  set_number(L, "checkpoint_records", o->checkpoint_records, 1);
  lua_pushboolean(L, !o->no_own_streams);
  lua_setfield(L, -2, "own_streams");
  return 1;
}

static int read_whole(lua_State *L, const char *path) {
  bytes *content = glue_bytes(L);
  const char *why = bytes_read_file(content, path, FILE_LIMIT);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  lua_pushlstring(L, content->data ? content->data : "", content->length);
  return 1;
}

static int read_file(lua_State *L) {
  return read_whole(L, luaL_checkstring(L, 1));
}

/* host.resource(name): the text of a file below schemas/, the only files that a stream's script can read. */
static int resource(lua_State *L) {
  bytes *path = glue_bytes(L);
  const char *name = luaL_checkstring(L, 1);
  if (!places_join(&host_of(L)->loop->places->schemas, name, path)) return luaL_argerror(L, 1, "no name of a file");
  return read_whole(L, path->data);
}

/* ---- host.run: a script in a state of its own */

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
    const char *text = lua_type(t->thread, -i) == LUA_TSTRING ? lua_tolstring(t->thread, -i, &length) : NULL;
    if (text)
      lua_pushlstring(L, text, length);
    else
      luaL_pushfail(L);
  }
  return n;
}

static int finished(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  run *r = luaL_checkudata(L, 4, RUN_TYPE);
  if (r->task->state != TASK_DONE) return luaL_error(L, "woken before the script ended");
  int n = copy_results(L, r->task);
  if (r->task->failed) lua_pushliteral(L, "raised"), luaL_pushfail(L), lua_insert(L, -3), n = 3;
  host_free(r->inner);
  r->inner = NULL;
  return n;
}

/*
 * host.run(stream, script, text, apart): calls the function that the script returns, with the text, in a sandboxed
 * state of its own, which may write the lines of that stream (nil: of none); with `apart`, in a process of its own
 * (child_run). Returns the strings that it returns; or nil, message with traceback, "raised"; or nil, message, "ended".
 */
static int run_script(lua_State *L) {
  size_t length;
  airbyte_stream *s = lua_isnil(L, 1) ? NULL : airbyte_check_stream(L, 1);
  if (!lua_isnoneornil(L, 4)) return child_run(L, s);
  const char *script = luaL_checkstring(L, 2), *text = luaL_checklstring(L, 3, &length);
  lua_settop(L, 3);
  task *self = task_current(L);
  run *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (run){0};
  glue_type(L, RUN_TYPE, NULL, collect_run);
  lua_setmetatable(L, 4);
  r->inner = host_new(host_of(L)->loop, HOST_STREAM, s);
  r->task = r->inner ? host_start(r->inner, HOST_RUN_SCRIPT, script, text, length) : NULL;
  if (!r->task) return luaL_error(L, "memory is short");
  r->task->joiner = self;
  return task_wait(L, self, 0, 0, finished);
}

int open_host(lua_State *L) {
  static const luaL_Reg functions[] = {{"options", options_table},    {"resource", resource}, {"stream", host_stream},
                                       {"undefined", host_undefined}, {"grant", child_grant}, {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {
      {"streams", host_streams}, {"read_file", read_file}, {"run", run_script}, {NULL, NULL}};
  luaL_newlib(L, functions);
  if (host_of(L)->kind != HOST_STREAM) luaL_setfuncs(L, of_verbs, 0);
  lua_pushliteral(L, PERIGEE_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
