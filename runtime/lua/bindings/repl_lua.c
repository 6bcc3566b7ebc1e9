#include "lua/bindings/repl_lua.h"

#include "base/files.h"
#include "base/signals.h"
#include "cli/editor.h"
#include "lua/bindings/recording_lua.h"
#include "lua/glue.h"
#include "lua/task.h"

#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

#define SESSION_TYPE "perigee.session"
#define SESSION "perigee.open session"
#define INPUT_LIMIT ((size_t)16 << 20)

/* The editor of the prompt, one a state, in its registry. */
typedef struct session {
  editor *editor;
} session;

static int collect_session(lua_State *L) {
  session *s = luaL_checkudata(L, 1, SESSION_TYPE);
  editor_free(s->editor);
  s->editor = NULL;
  runtime_of(L)->loop.prompt = NULL; /* its task goes with this state */
  return 0;
}

static session *session_of(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, SESSION) == LUA_TNIL) {
    session *s = lua_newuserdatauv(L, sizeof *s, 0);
    *s = (session){0};
    glue_type(L, SESSION_TYPE, NULL, collect_session);
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, SESSION);
    return s;
  }
  return luaL_checkudata(L, -1, SESSION_TYPE);
}

/* ---- lines */

static int interactive(lua_State *L) {
  lua_pushboolean(L, isatty(STDIN_FILENO));
  return 1;
}

static editor *editor_for(lua_State *L, session *s) {
  if (s->editor) return s->editor;
  bytes *file = glue_bytes(L);
  bool kept = editor_history_file(file);
  s->editor = editor_new(kept ? file->data : NULL);
  if (!s->editor) luaL_error(L, "the terminal cannot be used");
  return s->editor;
}

/* Protected: libedit is above us on the stack. The stack is: before, insert, show. */
static int complete_protected(lua_State *L) {
  bytes *insert = lua_touserdata(L, 3), *show = lua_touserdata(L, 4);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 2);
  if (lua_isstring(L, -2)) glue_need(L, bytes_text(insert, lua_tostring(L, -2)));
  if (lua_isstring(L, -1)) glue_need(L, bytes_text(show, lua_tostring(L, -1)));
  return 0;
}

typedef struct text {
  const char *data;
  size_t length;
} text;

static int push_text(lua_State *L) {
  const text *t = lua_touserdata(L, 1);
  lua_pushlstring(L, t->data, t->length);
  return 1;
}

/* The function that completes is at index 2 of the call of repl.line. What it raises is dropped: there is a line to
 * edit. */
static void complete(void *user, const char *before, size_t length, bytes *insert, bytes *show) {
  lua_State *L = user;
  int top = lua_gettop(L);
  text t = {before, length};
  lua_pushcfunction(L, push_text);
  lua_pushlightuserdata(L, &t);
  if (host_call(L, 1, 1)) {
    lua_pushcfunction(L, complete_protected);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, top + 1);
    lua_pushlightuserdata(L, insert);
    lua_pushlightuserdata(L, show);
    host_call(L, 4, 0);
  }
  lua_settop(L, top);
}

/*
 * repl.line(prompt, complete): a line that was typed; or nil, "interrupted" or "end", and what had been typed. From the
 * first one on, SIGINT interrupts the other tasks of this state and ends nothing.
 */
static int line(lua_State *L) {
  const char *prompt = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  luaL_checkstack(L, 20, NULL);
  session *s = session_of(L);
  editor *e = editor_for(L, s);
  bytes *typed = glue_bytes(L);
  runtime_of(L)->loop.prompt = task_current(L);
  signals_stop(NULL, NULL, SIGNALS_UNLIMITED); /* the editor looks for signals itself */
  editor_code code = editor_line(e, prompt, complete, L, typed);
  if (code != EDITOR_LINE) {
    luaL_pushfail(L);
    lua_pushstring(L, code == EDITOR_INTERRUPTED ? "interrupted" : "end");
  }
  lua_pushlstring(L, typed->data ? typed->data : "", typed->length);
  return code == EDITOR_LINE ? 1 : 3;
}

static int remember(lua_State *L) {
  const char *typed = luaL_checkstring(L, 1);
  session *s = session_of(L);
  if (s->editor) editor_remember(s->editor, typed);
  return 0;
}

/* repl.input(): all of standard input, and its name, a file's where it is one; or nil, message, code. */
static int input(lua_State *L) {
  bytes *content = glue_bytes(L), *path = glue_bytes(L);
  const char *why = files_read(content, "-", INPUT_LIMIT);
  if (why) return glue_fail(L, "unreadable", "standard input cannot be read: %s", why);
  lua_pushlstring(L, content->data ? content->data : "", content->length);
  lua_pushstring(L, files_input_path(path) ? path->data : "stdin");
  return 2;
}

/* ---- code */

/* repl.compile(text, name, environment): the text as a function whose globals are that table's; or nil, message. */
static int compile(lua_State *L) {
  size_t length;
  const char *code = luaL_checklstring(L, 1, &length), *name = luaL_checkstring(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  if (luaL_loadbufferx(L, code, length, name, "t") != LUA_OK) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushvalue(L, 3);
  lua_setupvalue(L, -2, 1);
  return 1;
}

int open_repl(lua_State *L) {
  static const luaL_Reg functions[] = {{"line", line},       {"remember", remember},
                                       {"input", input},     {"interactive", interactive},
                                       {"compile", compile}, {NULL, NULL}};
  luaL_newlib(L, functions);
  recording_functions(L);
  return 1;
}
