#include "lua/bindings/json_lua.h"

#include "lua/bindings/json_number_lua.h"
#include "lua/bindings/json_text_lua.h"
#include "lua/failure.h"
#include "lua/glue.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static void write_value(lua_State *L, int index, bytes *out, unsigned depth);

static void write_float(lua_State *L, lua_Number number, bytes *out) {
  if (!isfinite(number)) luaL_error(L, "JSON has no number for %f", number);
  glue_need(L, json_write_float(out, number));
}

/* Other keys than the positions 1 to n would be left out in silence. */
static void check_positions(lua_State *L, int index, lua_Integer n) {
  lua_Integer count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
  if (count != n) luaL_error(L, "an array with gaps, or with names besides its positions, cannot be JSON");
}

static void write_array(lua_State *L, int index, bytes *out, unsigned depth) {
  lua_Integer n = (lua_Integer)lua_rawlen(L, index);
  check_positions(L, index, n);
  glue_need(L, bytes_text(out, "["));
  for (lua_Integer i = 1; i <= n; i++) {
    if (i > 1) glue_need(L, bytes_text(out, ","));
    lua_rawgeti(L, index, i);
    write_value(L, lua_gettop(L), out, depth + 1);
    lua_pop(L, 1);
  }
  glue_need(L, bytes_text(out, "]"));
}

/* A field that no JSON can hold is named. */
static void check_field(lua_State *L, const char *key) {
  int type = lua_type(L, -1);
  if (type == LUA_TFUNCTION || type == LUA_TTHREAD)
    luaL_error(L, "the field '%s' is a %s, which cannot be JSON", key, luaL_typename(L, -1));
}

/* Keys in order, so that the same table always gives the same text: equal states must look equal. */
static void write_object(lua_State *L, int index, bytes *out, unsigned depth) {
  glue_sorted_keys(L, index);
  int keys = lua_gettop(L);
  lua_Integer n = luaL_len(L, keys);
  glue_need(L, bytes_text(out, "{"));
  for (lua_Integer i = 1; i <= n; i++) {
    size_t length;
    lua_rawgeti(L, keys, i);
    const char *key = lua_tolstring(L, -1, &length);
    glue_need(L, (i == 1 || bytes_text(out, ",")) && json_quote(out, key, length) && bytes_text(out, ":"));
    lua_pushvalue(L, -1);
    lua_rawget(L, index);
    check_field(L, key);
    write_value(L, lua_gettop(L), out, depth + 1);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  glue_need(L, bytes_text(out, "}"));
}

/* An array: marked by json.array or by decode, or a table that has a first element. */
static bool is_array(lua_State *L, int index) {
  bool marked = false;
  if (lua_getmetatable(L, index)) {
    luaL_getmetatable(L, JSON_ARRAY_TYPE);
    marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  bool first = lua_rawgeti(L, index, 1) != LUA_TNIL;
  lua_pop(L, 1);
  return marked || first;
}

static void write_value(lua_State *L, int index, bytes *out, unsigned depth) {
  bool too_deep = lua_istable(L, index) && depth >= JSON_SCRIPT_DEPTH;
  if (too_deep) luaL_error(L, "nested more than %d levels deep, or in itself", JSON_SCRIPT_DEPTH);
  luaL_checkstack(L, 8, "nested too deeply");
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
  case LUA_TBOOLEAN: glue_need(L, bytes_text(out, lua_toboolean(L, index) ? "true" : "false")); break;
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      glue_need(L, bytes_printf(out, LUA_INTEGER_FMT, lua_tointeger(L, index)));
    else
      write_float(L, lua_tonumber(L, index), out);
    break;
  case LUA_TSTRING:
    text = lua_tolstring(L, index, &length);
    glue_need(L, json_quote(out, text, length));
    break;
  case LUA_TTABLE:
    if (is_array(L, index))
      write_array(L, index, out, depth);
    else
      write_object(L, index, out, depth);
    break;
  case LUA_TLIGHTUSERDATA:
    if (!lua_touserdata(L, index)) {
      glue_need(L, bytes_text(out, "null"));
      break;
    } /* fallthrough */
  case LUA_TUSERDATA:
    text = json_number_text(L, index, &length);
    if (!text) text = json_text_of(L, index, &length);
    if (text) {
      glue_need(L, bytes_append(out, text, length));
      break;
    } /* fallthrough */
  default: luaL_error(L, "a %s cannot be JSON", luaL_typename(L, index));
  }
}

void json_write(lua_State *L, int index, bytes *out) {
  write_value(L, lua_absindex(L, index), out, 0);
}

int json_fail(lua_State *L, const char *text, size_t length, const json_error *error) {
  size_t line, column;
  json_position(text, length, error->offset, &line, &column);
  const char *hint = json_hint(text, length, error);
  return glue_fail(L, "malformed", "line %d, column %d: %s%s%s", (int)line, (int)column, error->reason,
                   hint ? "; " : "", hint ? hint : "");
}

static int encode(lua_State *L) {
  luaL_checkany(L, 1);
  bytes *out = glue_bytes(L);
  json_write(L, 1, out);
  lua_pushlstring(L, out->data, out->length);
  bytes_free(out);
  return 1;
}

/* json.text(object) */
static int make_text(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *text = glue_bytes(L);
  json_write(L, 1, text);
  luaL_argcheck(L, text->data[0] == '{', 1, "an object was expected, and this is an array");
  json_text_push(L, text->data, text->length);
  bytes_free(text);
  return 1;
}

/* Copies the argument to where it may be read ahead of (bytes.h), and validates it. */
static bytes *check_text(lua_State *L, json_error *error) {
  size_t length;
  const char *text = json_text_of(L, 1, &length);
  if (!text) text = luaL_checklstring(L, 1, &length);
  bytes *copy = glue_bytes(L);
  glue_need(L, bytes_append(copy, text, length));
  json_limits limits = {.depth = JSON_SCRIPT_DEPTH};
  json_valid(copy->data, copy->length, limits, error);
  return copy;
}

/* json.decode(text, kept) */
static int decode(lua_State *L) {
  json_error error = {0};
  json_kept kept = json_check_kept(L, 2);
  bytes *text = check_text(L, &error);
  if (error.code != JSON_OK) return json_fail(L, text->data, text->length, &error);
  json_push(L, text->data, json_root(text->data, text->length), &kept);
  bytes_free(text);
  return 1;
}

static int valid(lua_State *L) {
  json_error error = {0};
  bytes *text = check_text(L, &error);
  if (error.code != JSON_OK) return json_fail(L, text->data, text->length, &error);
  lua_pushboolean(L, true);
  bytes_free(text);
  return 1;
}

static int array(lua_State *L) {
  if (lua_isnoneornil(L, 1)) lua_settop(L, 0), lua_newtable(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_setmetatable(L, JSON_ARRAY_TYPE);
  return 1;
}

/* json.slice(text, path): the text of the value there, as it stands; nil: there is none. */
static int slice(lua_State *L) {
  json_error error = {0};
  const char *path = luaL_checkstring(L, 2);
  bytes *text = check_text(L, &error);
  if (error.code != JSON_OK) return json_fail(L, text->data, text->length, &error);
  json_slice found = json_path(text->data, json_root(text->data, text->length), path);
  if (found.length)
    lua_pushlstring(L, text->data + found.start, found.length);
  else
    luaL_pushfail(L);
  bytes_free(text);
  return 1;
}

/* json.path(text): the names that a path has, `any` where one is a *; nil: it is no path. */
static int path_names(lua_State *L) {
  size_t length;
  json_step step;
  const char *path = luaL_checklstring(L, 1, &length);
  if (!json_path_valid(path) || strlen(path) != length) return luaL_pushfail(L), 1;
  lua_newtable(L);
  for (lua_Integer i = 1; json_path_step(&path, &step); i++) {
    lua_pushlstring(L, step.name, step.length);
    lua_rawseti(L, -2, i);
    if (step.any) lua_pushboolean(L, true), lua_setfield(L, -2, "any");
  }
  return 1;
}

/* Scripts take a record's null for a text or a table. Lua's own message would speak of userdata. */
static int refuse_null(lua_State *L) {
  failure_push_subject(L, L);
  return luaL_error(L,
                    "null stands here (json.null), which is no text, number or table; compare with json.null before%s",
                    lua_tostring(L, -1));
}

static void guard_null(lua_State *L) {
  static const char *const events[] = {"__index", "__newindex", "__concat", "__len", "__call", "__lt",  "__le", "__add",
                                       "__sub",   "__mul",      "__div",    "__mod", "__idiv", "__unm", "__pow"};
  lua_pushlightuserdata(L, NULL);
  lua_newtable(L);
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    lua_pushcfunction(L, refuse_null);
    lua_setfield(L, -2, events[i]);
  }
  lua_pushliteral(L, "null (json.null)"); /* what functions say that were given it */
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, false); /* for getmetatable: scripts cannot change it */
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

int open_json(lua_State *L) {
  static const luaL_Reg functions[] = {{"encode", encode},
                                       {"decode", decode},
                                       {"valid", valid},
                                       {"array", array},
                                       {"number", json_make_number},
                                       {"is_number", json_is_number},
                                       {"text", make_text},
                                       {"is_text", json_is_text},
                                       {"path", path_names},
                                       {"slice", slice},
                                       {NULL, NULL}};
  glue_type(L, JSON_ARRAY_TYPE, NULL, NULL);
  guard_null(L);
  luaL_newlib(L, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  return 1;
}
