#include "lua/bindings/files_lua.h"

#include "airbyte/printed.h"
#include "base/files.h"
#include "base/signals.h"
#include "lua/glue.h"

#include <lauxlib.h>

#define LARGEST ((size_t)64 << 20)

static int read_file(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  bytes *content = glue_bytes(L);
  const char *why = files_read(content, path, LARGEST);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  lua_pushlstring(L, content->data ? content->data : "", content->length);
  return 1;
}

/* ---- files.read_states */

#define PRINTED_TYPE "perigee.printed"

static int collect_printed(lua_State *L) {
  printed_free(luaL_checkudata(L, 1, PRINTED_TYPE));
  return 0;
}

static printed *new_printed(lua_State *L) {
  printed *p = lua_newuserdatauv(L, sizeof *p, 0);
  *p = (printed){0};
  glue_type(L, PRINTED_TYPE, NULL, collect_printed);
  lua_setmetatable(L, -2);
  return p;
}

static void push_states(lua_State *L, const printed *p) {
  lua_newtable(L);
  for (size_t i = 0; i < p->count; i++) {
    lua_pushlstring(L, p->states[i].data, p->states[i].length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/*
 * files.read_states(path): the text of a document; or nil, the STATE lines of what `read` printed, and the number of
 * the first line that is no message, if any is.
 */
static int read_states(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  printed *p = new_printed(L);
  signals_pause();
  const char *why = printed_read(p, path, LARGEST);
  signals_go_on();
  if (why) return glue_fail(L, "unreadable", "%s", why);
  if (p->is_document) {
    lua_pushlstring(L, p->document.data ? p->document.data : "", p->document.length);
    return 1;
  }
  lua_pushnil(L);
  push_states(L, p);
  if (!p->foreign) return 2;
  lua_pushinteger(L, (lua_Integer)p->foreign);
  return 3;
}

/* ---- writing, and folders */

static int push_written(lua_State *L, const char *why, bool exists) {
  if (why) return glue_fail(L, exists ? "exists" : "unwritable", "%s", why);
  lua_pushboolean(L, true);
  return 1;
}

static int write_file(lua_State *L) {
  size_t length;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  return push_written(L, files_write(path, text, length), false);
}

/* files.write_new(path, text): nil, message, "exists" where there is a file already. */
static int write_new(lua_State *L) {
  size_t length;
  bool exists;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  const char *why = files_write_new(path, text, length, &exists);
  return push_written(L, why, exists);
}

static int exist(lua_State *L) {
  lua_pushboolean(L, files_exist(luaL_checkstring(L, 1)));
  return 1;
}

/* files.list(folder): the names of all in it, in order. */
static int list(lua_State *L) {
  const char *folder = luaL_checkstring(L, 1);
  bytes *names = glue_bytes(L);
  const char *why = files_list(folder, names);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  glue_names(L, names);
  return 1;
}

int open_files(lua_State *L) {
  static const luaL_Reg functions[] = {{"read", read_file},   {"read_states", read_states},
                                       {"write", write_file}, {"write_new", write_new},
                                       {"list", list},        {"exist", exist},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
