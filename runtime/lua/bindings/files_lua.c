#include "lua/bindings/files_lua.h"

#include "base/files.h"
#include "lua/glue.h"

#include <lauxlib.h>

#define LARGEST ((size_t)64 << 20)

int files_push(lua_State *L, const char *path) {
  bytes *content = glue_bytes(L);
  const char *why = files_read(content, path, LARGEST);
  if (why) return glue_fail(L, "unreadable", "%s", why);
  lua_pushlstring(L, content->data ? content->data : "", content->length);
  return 1;
}

static int read_file(lua_State *L) {
  return files_push(L, luaL_checkstring(L, 1));
}

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
  static const luaL_Reg functions[] = {
      {"read", read_file}, {"write", write_file}, {"write_new", write_new}, {"list", list}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
