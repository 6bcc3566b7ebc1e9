#include "lua/bindings/stream_scripts_lua.h"

#include "cli/stream_files.h"
#include "lua/glue.h"
#include "lua/host.h"
#include "lua/require.h"
#include "lua/script_file.h"
#include "lua/undefined.h"

#include <lauxlib.h>
#include <string.h>

/* Reads the arguments name and script (may be nil), and pushes the chunk; or nil, message, code, and returns 3. */
static int load_chunk(lua_State *L) {
  size_t length;
  const char *name = luaL_checkstring(L, 1), *given = luaL_optlstring(L, 2, NULL, &length);
  bytes *source = glue_bytes(L);
  script_text out = {.path = glue_bytes(L), .text = source, .why = glue_bytes(L)};
  if (given) {
    lua_pushfstring(L, "@custom_streams.%s", name);
    glue_need(L, bytes_append(source, given, length));
  } else {
    script_found found = script_file_read(runtime_of(L), &(script_file){SCRIPT_FILE_STREAM, "", name}, &out);
    if (found == SCRIPT_MISSING) return glue_fail(L, "unknown", "there is no stream '%s'", name);
    if (found != SCRIPT_FOUND) return glue_fail(L, "unreadable", "%s: %s", out.path->data, out.why->data);
    if (out.custom) require_beside(L, name);
    lua_pushfstring(L, "@%s", out.path->data);
  }
  if (source->length && (memchr(source->data, 0, source->length) || (unsigned char)*source->data >= 0xFE))
    return glue_fail(L, "unreadable", "%s: it is UTF-16, or no text; save it as UTF-8", lua_tostring(L, -1) + 1);
  if (luaL_loadbufferx(L, source->data, source->length, lua_tostring(L, -1), "t") != LUA_OK) lua_error(L);
  return 0;
}

/*
 * stream_scripts.load(name[, script]): runs the script that defines it, a file's or the text that is given, and returns
 * its table; nil, message, code when there is none.
 */
static int load(lua_State *L) {
  int failed = load_chunk(L);
  if (failed) return failed;
  lua_call(L, 0, 1);
  return 1;
}

/* ---- stream_scripts.undefined */

typedef struct finding {
  lua_State *L;
  int list; /* on the stack */
} finding;

/* The dump is Lua's own memory (bytes), so raising here loses nothing. */
static void add_undefined(const char *name, size_t length, unsigned line, void *user) {
  const finding *f = user;
  lua_State *L = f->L;
  lua_pushglobaltable(L);
  lua_pushlstring(L, name, length);
  bool defined = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  if (defined) return;
  lua_createtable(L, 0, 2);
  lua_pushlstring(L, name, length);
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, line);
  lua_setfield(L, -2, "line");
  lua_rawseti(L, f->list, (lua_Integer)lua_rawlen(L, f->list) + 1);
}

/*
 * stream_scripts.undefined(name[, script]): the globals that the script names and that are not there, each {name,
 * line}, also those in functions that are never called. Nil, message, code as stream_scripts.load.
 */
static int undefined(lua_State *L) {
  int failed = load_chunk(L);
  if (failed) return failed;
  bytes *code = glue_bytes(L);
  lua_insert(L, -2);
  glue_need(L, lua_dump(L, glue_dump, code, 0) == 0);
  lua_newtable(L);
  finding f = {L, lua_gettop(L)};
  if (!undefined_find(code->data, code->length, add_undefined, &f))
    return luaL_error(L, "this Lua's compiled form is not known; 5.4 was expected");
  return 1;
}

/* ---- stream_scripts.list */

typedef struct names {
  bytes *list; /* each with a zero byte behind it */
  bool ok;
} names;

/* Called while a folder is open: nothing may raise here. */
static void add_name(const char *name, void *user) {
  names *n = user;
  n->ok = n->ok && bytes_append(n->list, name, strlen(name) + 1);
}

/* In the tables from `custom` on: a user's own files by name; which names are shipped streams'; own files replaced. */
static void note_stream(lua_State *L, const char *name, bytes *path, int custom) {
  const runtime *r = runtime_of(L);
  bool is_own;
  if (stream_files_find(r->paths, r->options, name, path, &is_own) && is_own) {
    lua_pushstring(L, path->data);
    lua_setfield(L, custom, name);
  }
  if (stream_files_is_shipped(r->paths, name)) {
    lua_pushboolean(L, true);
    lua_setfield(L, custom + 1, name);
  }
  if (is_own && stream_files_replaced(r->paths, r->options, name, path)) {
    lua_pushstring(L, path->data);
    lua_setfield(L, custom + 2, name);
  }
}

/*
 * stream_scripts.list(): the names of all streams, in order; the files of those that are a user's own, by name; which
 * names are shipped ones', replaced or not; and own files whose place others of their name take.
 */
static int list(lua_State *L) {
  const runtime *r = runtime_of(L);
  names found = {.list = glue_bytes(L), .ok = true};
  bytes *path = glue_bytes(L);
  if (!stream_files_list(r->paths, r->options, add_name, &found, path))
    return glue_fail(L, "unreadable", "%s: the folder of scripts cannot be read", path->data);
  glue_need(L, found.ok);
  glue_names(L, found.list);
  lua_newtable(L);
  int custom = lua_gettop(L);
  lua_newtable(L);
  lua_newtable(L);
  for (size_t at = 0; at < found.list->length; at += strlen(found.list->data + at) + 1)
    note_stream(L, found.list->data + at, path, custom);
  return 4;
}

int open_stream_scripts(lua_State *L) {
  static const luaL_Reg functions[] = {{"load", load}, {"undefined", undefined}, {NULL, NULL}};
  luaL_newlib(L, functions);
  if (host_of(L)->kind == HOST_STREAM) return 1; /* other streams are none of its business */
  lua_pushcfunction(L, list);
  lua_setfield(L, -2, "list");
  return 1;
}
