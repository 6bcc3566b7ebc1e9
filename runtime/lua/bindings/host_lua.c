#include "lua/bindings/host_lua.h"

#include "base/program.h"
#include "cli/stream_files.h"
#include "lua/bindings/airbyte_lua.h"
#include "lua/bindings/host_child_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RUN_TYPE "perigee.run"
#define FILE_LIMIT ((size_t)64 << 20)
#define PROGRAM_WORDS 500
#define PROGRAM_OUTPUT ((size_t)1 << 20)

static void set_number(lua_State *L, const char *name, int64_t value, lua_Number unit) {
  if (!value) return;
  lua_pushnumber(L, (lua_Number)value / unit);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

/* The folders of --scripts, in order. */
static void set_folders(lua_State *L, const options *o) {
  lua_newtable(L);
  for (lua_Integer i = 0; o->scripts[i]; i++) {
    lua_pushstring(L, o->scripts[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "folders");
}

static void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

/* host.options(): what the command line says to scripts; times in seconds, absent where the default holds. */
static int options_table(lua_State *L) {
  const options *o = runtime_of(L)->options;
  lua_newtable(L);
  set_text(L, "verb", o->verb);
  set_text(L, "word", o->word);
  set_text(L, "config", o->config);
  set_text(L, "catalog", o->catalog);
  set_text(L, "state", o->state);
  set_text(L, "record", o->record);
  set_text(L, "replay", o->replay);
  set_text(L, "why", o->why);
  set_folders(L, o);
  set_flag(L, "debug", o->debug);
  set_flag(L, "plan", o->plan);
  set_flag(L, "infer", o->infer);
  set_flag(L, "update", o->update);
  set_number(L, "check_budget", o->check_budget, 1000);
  set_number(L, "retry_base", o->retry_base, 1000);
  set_number(L, "retry_attempts", o->retry_attempts, 1);
  set_number(L, "rate_limit_patience", o->rate_limit_patience, 1000);
  set_number(L, "checkpoint_records", o->checkpoint_records, 1);
  set_number(L, "limit", o->limit, 1);
  set_flag(L, "custom_streams", !o->no_own_streams);
  return 1;
}

static int read_whole(lua_State *L, const char *path) {
  bytes *content = glue_bytes(L);
  const char *why = bytes_read_file(content, path, FILE_LIMIT);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  lua_pushlstring(L, content->data ? content->data : "", content->length);
  return 1;
}

/* Names with a zero byte behind each: as a list, in order, each once. */
static int push_names(lua_State *L, const bytes *list) {
  lua_newtable(L);
  for (size_t at = 0; at < list->length; at += strlen(list->data + at) + 1) {
    lua_pushboolean(L, true);
    lua_setfield(L, -2, list->data + at);
  }
  glue_sorted_keys(L, -1);
  return 1;
}

static int move_recording(lua_State *L, bool (*move)(recording *r, const char *path, bytes *why)) {
  const char *path = luaL_optstring(L, 1, NULL);
  bytes *why = glue_bytes(L);
  if (!move(runtime_of(L)->recording, path, why)) return glue_fail(L, "unreadable", "%s", why->data);
  lua_pushboolean(L, true);
  return 1;
}

/* host.replay(path), host.record(path): from now on, in place of what was done before; nil: no more. A replay also
 * gives the URL of its first exchange. */
int host_replay(lua_State *L) {
  int n = move_recording(L, recording_replay);
  const char *url = recording_first_url(runtime_of(L)->recording);
  if (n != 1 || !url) return n;
  lua_pushstring(L, url);
  return 2;
}

int host_record(lua_State *L) {
  return move_recording(L, recording_record);
}

static int read_file(lua_State *L) {
  return read_whole(L, luaL_checkstring(L, 1));
}

/* host.write_new(path, text): a new file; nil, message, code ("exists", "unwritable") where there is one already. */
static int write_new(lua_State *L) {
  size_t length;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  FILE *file = fopen(path, "wxe");
  if (!file) return glue_fail(L, errno == EEXIST ? "exists" : "unwritable", "%s", strerror(errno));
  bool ok = fwrite(text, 1, length, file) == length;
  ok = fclose(file) == 0 && ok;
  if (!ok) return glue_fail(L, "unwritable", "%s", strerror(errno));
  lua_pushboolean(L, true);
  return 1;
}

/* The folder of a stream's script, with this file in it. */
static bool beside(lua_State *L, const char *stream, const char *name, bytes *path) {
  const runtime *r = runtime_of(L);
  bytes *script = glue_bytes(L);
  bool own;
  if (!stream_files_find(r->paths, r->options, stream, script, &own)) return false;
  *strrchr(script->data, '/') = 0;
  return paths_join(script, name, path) && access(path->data, F_OK) == 0;
}

/* host.resource(name, stream): the text of a file beside a stream's script, or else below schemas/; no others can be
 * read. */
static int resource(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *of = luaL_optstring(L, 2, NULL);
  bytes *path = glue_bytes(L);
  if (of && beside(L, of, name, path)) return read_whole(L, path->data);
  bytes_clear(path);
  if (!paths_join(&runtime_of(L)->paths->schemas, name, path)) return luaL_argerror(L, 1, "no name of a file");
  return read_whole(L, path->data);
}

static int write_file(lua_State *L) {
  size_t length;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  const char *why = bytes_write_file(path, text, length);
  if (why) return glue_fail(L, "unwritable", "%s", why);
  lua_pushboolean(L, true);
  return 1;
}

/* host.files(folder): the names of all in it, in order. */
static int files(lua_State *L) {
  const char *folder = luaL_checkstring(L, 1);
  bytes *list = glue_bytes(L);
  DIR *d = opendir(folder); /* nothing may raise until it is closed */
  bool ok = true;
  if (!d) return glue_fail(L, "unreadable", "%s", strerror(errno));
  for (struct dirent *entry; ok && (entry = readdir(d));)
    ok = bytes_append(list, entry->d_name, strlen(entry->d_name) + 1);
  closedir(d);
  glue_need(L, ok);
  return push_names(L, list);
}

/* host.program(words): runs it to its end; what it wrote, and its exit status (-1: a signal). */
static int program(lua_State *L) {
  char *words[PROGRAM_WORDS + 1] = {0};
  int status = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 1);
  luaL_argcheck(L, count >= 1 && count <= PROGRAM_WORDS, 1, "a list of words was expected");
  luaL_checkstack(L, (int)count, "too many words");
  for (lua_Integer i = 0; i < count; i++) {
    lua_rawgeti(L, 1, i + 1); /* stays on the stack, and so alive */
    words[i] = (char *)luaL_checkstring(L, -1);
  }
  bytes *out = glue_bytes(L);
  const char *why = program_run(words, PROGRAM_OUTPUT, out, &status);
  if (why) return glue_fail(L, strcmp(why, "absent") == 0 ? "absent" : "failed", "%s: %s", words[0], why);
  lua_pushlstring(L, out->data ? out->data : "", out->length);
  lua_pushinteger(L, status);
  return 2;
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
    const char *text = task_text(t, i, &length);
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

/* The stack is: stream or nil, script, text. */
static int run_in(lua_State *L, host_kind kind, airbyte_stream *s) {
  size_t length;
  const char *script = luaL_checkstring(L, 2), *text = luaL_checklstring(L, 3, &length);
  lua_settop(L, 3);
  task *self = task_current(L);
  run *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (run){0};
  glue_type(L, RUN_TYPE, NULL, collect_run);
  lua_setmetatable(L, 4);
  r->inner = host_new(runtime_of(L), kind, s);
  r->task = r->inner ? host_start(r->inner, HOST_RUN_SCRIPT, script, text, length) : NULL;
  if (!r->task) return luaL_error(L, "memory is short");
  r->task->joiner = self;
  return task_wait(L, self, 0, 0, finished);
}

/*
 * host.run(stream, script, text, apart): calls the function that the script returns, with the text, in a sandboxed
 * state of its own, which may write the lines of that stream (nil: of none); with `apart`, in a process of its own
 * (child_run). Returns the strings that it returns; or nil, message with traceback, "raised"; or nil, message, "ended".
 */
static int run_script(lua_State *L) {
  airbyte_stream *s = lua_isnil(L, 1) ? NULL : airbyte_check_stream(L, 1);
  return lua_isnoneornil(L, 4) ? run_in(L, HOST_STREAM, s) : child_run(L, s);
}

/* host.prompt(script, text): the same in the state of a person's prompt, which writes no stream's lines. */
static int prompt(lua_State *L) {
  lua_settop(L, 2);
  lua_pushnil(L);
  lua_insert(L, 1);
  return run_in(L, HOST_PROMPT, NULL);
}

int open_host(lua_State *L) {
  static const luaL_Reg functions[] = {{"options", options_table},    {"resource", resource}, {"stream", host_stream},
                                       {"undefined", host_undefined}, {"grant", child_grant}, {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {
      {"read_file", read_file}, {"run", run_script}, {"prompt", prompt},         {"replay", host_replay},
      {"record", host_record},  {"files", files},    {"write_file", write_file}, {"program", program},
      {"write_new", write_new}, {NULL, NULL}};
  static const luaL_Reg of_prompts[] = {{"streams", host_streams}, {NULL, NULL}};
  host_kind kind = host_of(L)->kind;
  luaL_newlib(L, functions);
  if (kind & (HOST_VERB | HOST_INTERPRETER)) luaL_setfuncs(L, of_verbs, 0);
  if (kind != HOST_STREAM) luaL_setfuncs(L, of_prompts, 0);
  lua_pushliteral(L, PERIGEE_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
