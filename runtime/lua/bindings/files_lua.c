#include "lua/bindings/files_lua.h"

#include "airbyte/printed.h"
#include "base/files.h"
#include "base/signals.h"
#include "lua/bindings/json_lua.h"
#include "lua/glue.h"
#include "json/json_value.h"

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

/* Pushes the value of a text that is not empty. False: it is no JSON, and nothing was pushed. */
static bool push_value(lua_State *L, const bytes *text, const json_kept *kept, json_error *error) {
  if (!json_valid(text->data, text->length, (json_limits){.depth = JSON_SCRIPT_DEPTH}, error)) return false;
  json_push(L, text->data, json_root(text->data, text->length), kept);
  return true;
}

static int push_document(lua_State *L, printed *p, const json_kept *kept) {
  json_error error = {0};
  const bytes *text = &p->document;
  if (!text->length || !json_root(text->data, text->length).length) return glue_fail(L, "empty", "is empty");
  lua_pushliteral(L, "document");
  if (!push_value(L, text, kept, &error)) return json_fail(L, text->data, text->length, &error);
  printed_free(p);
  return 2;
}

/* Each line is freed once its value is there. */
static int push_lines(lua_State *L, printed *p, const json_kept *kept) {
  lua_pushliteral(L, "printed");
  lua_newtable(L);
  for (size_t i = 0; i < p->count && !p->foreign; i++) {
    json_error error = {0};
    if (!push_value(L, &p->states[i], kept, &error)) return glue_fail(L, "cut", "%s", error.reason);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    bytes_free(&p->states[i]);
  }
  if (!p->foreign) return 2;
  lua_pushinteger(L, (lua_Integer)p->foreign);
  return 3;
}

/*
 * files.read_states(path, kept): "document" and its value; or "printed", the STATE messages of what `read` printed, and
 * the number of the first line that is no message, if any is. `kept` as in json.decode.
 */
static int read_states(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  json_kept kept = json_check_kept(L, 2);
  printed *p = new_printed(L);
  signals_pause();
  const char *why = printed_read(p, path, LARGEST);
  signals_go_on();
  if (why) return glue_fail(L, "unreadable", "%s", why);
  return p->is_document ? push_document(L, p, &kept) : push_lines(L, p, &kept);
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
