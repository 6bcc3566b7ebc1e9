#include "lua/bindings/json_number_lua.h"

#include "lua/glue.h"
#include "json/json.h"
#include "json/json_number.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_TYPE "json.number"

const char *json_number_text(lua_State *L, int index, size_t *length) {
  return glue_text_of(L, index, NUMBER_TYPE, length);
}

/* ---- comparing */

typedef struct operand {
  const char *text;
  size_t length;
  char own[JSON_FLOAT_SIZE];
} operand;

/* A float is the decimal as which it is written. False: it is beyond all numbers, as infinities are, or none. */
static bool read_operand(lua_State *L, int index, operand *to) {
  to->text = json_number_text(L, index, &to->length);
  if (to->text) return true;
  if (lua_type(L, index) != LUA_TNUMBER)
    luaL_error(L, "a number cannot be compared with a %s", luaL_typename(L, index));
  lua_Number value = lua_tonumber(L, index);
  if (!isfinite(value)) return false;
  to->text = to->own;
  to->length = lua_isinteger(L, index)
                   ? (size_t)snprintf(to->own, sizeof to->own, LUA_INTEGER_FMT, lua_tointeger(L, index))
                   : json_print_float(value, to->own);
  return true;
}

/* An infinity, or what is no number, compares as any finite number would with it. */
static double stand_in(lua_State *L, int index, bool finite) {
  return finite ? 0 : lua_tonumber(L, index);
}

static int is_less(lua_State *L) {
  operand a, b;
  bool both = read_operand(L, 1, &a), other = read_operand(L, 2, &b);
  lua_pushboolean(L, both && other ? json_compare_numbers(a.text, a.length, b.text, b.length) < 0
                                   : stand_in(L, 1, both) < stand_in(L, 2, other));
  return 1;
}

static int is_less_or_equal(lua_State *L) {
  operand a, b;
  bool both = read_operand(L, 1, &a), other = read_operand(L, 2, &b);
  lua_pushboolean(L, both && other ? json_compare_numbers(a.text, a.length, b.text, b.length) <= 0
                                   : stand_in(L, 1, both) <= stand_in(L, 2, other));
  return 1;
}

/* Lua asks only for two userdata: a Lua number is never equal, as it cannot hold this one. */
static int is_equal(lua_State *L) {
  size_t a_length, b_length;
  const char *a = json_number_text(L, 1, &a_length), *b = json_number_text(L, 2, &b_length);
  lua_pushboolean(L, a && b && json_compare_numbers(a, a_length, b, b_length) == 0);
  return 1;
}

/* ---- the rest */

static int to_string(lua_State *L) {
  size_t length;
  luaL_checkudata(L, 1, NUMBER_TYPE);
  const char *text = json_number_text(L, 1, &length);
  lua_pushlstring(L, text, length);
  return 1;
}

static int concatenate(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

static int refuse(lua_State *L) {
  size_t length;
  const char *text = json_number_text(L, 1, &length);
  if (!text) text = json_number_text(L, 2, &length);
  return luaL_error(L,
                    "the number %s is more than Lua holds exactly: it can be compared, printed and sent on; "
                    "tonumber(tostring(n)) is the nearest to calculate with",
                    text);
}

static void set_metatable(lua_State *L) {
  static const luaL_Reg events[] = {{"__lt", is_less},         {"__le", is_less_or_equal}, {"__eq", is_equal},
                                    {"__tostring", to_string}, {"__concat", concatenate},  {"__index", refuse},
                                    {"__newindex", refuse},    {"__len", refuse},          {"__call", refuse},
                                    {"__add", refuse},         {"__sub", refuse},          {"__mul", refuse},
                                    {"__div", refuse},         {"__mod", refuse},          {"__idiv", refuse},
                                    {"__unm", refuse},         {"__pow", refuse},          {NULL, NULL}};
  glue_type(L, NUMBER_TYPE, NULL, NULL);
  if (lua_getfield(L, -1, "__lt") == LUA_TNIL) {
    lua_pop(L, 1);
    luaL_setfuncs(L, events, 0);
  } else {
    lua_pop(L, 1);
  }
  lua_setmetatable(L, -2);
}

void json_push_number(lua_State *L, const char *text, size_t length) {
  int64_t integer;
  double value;
  bool whole = json_number_is_whole(text, length), negative_zero = whole && length == 2 && memcmp(text, "-0", 2) == 0;
  if (negative_zero)
    lua_pushinteger(L, 0);
  else if (whole && json_read_integer(text, length, &integer))
    lua_pushinteger(L, integer);
  else if (!whole && json_read_double(text, length, &value))
    lua_pushnumber(L, value);
  else {
    glue_push_text(L, text, length);
    set_metatable(L);
  }
}

int json_make_number(lua_State *L) {
  size_t length;
  json_error error = {0};
  const char *text = luaL_checklstring(L, 1, &length);
  bytes *copy = glue_bytes(L); /* with what may be read behind it */
  glue_need(L, bytes_append(copy, text, length));
  json_valid(copy->data, copy->length, (json_limits){.depth = 1}, &error);
  json_slice root = error.code == JSON_OK ? json_root(copy->data, copy->length) : (json_slice){0, 0};
  luaL_argcheck(L, error.code == JSON_OK && json_type_of(copy->data, root) == JSON_NUMBER, 1,
                "a number was expected, as JSON writes them");
  json_push_number(L, copy->data + root.start, root.length);
  bytes_free(copy);
  return 1;
}

int json_is_number(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, lua_type(L, 1) == LUA_TNUMBER || luaL_testudata(L, 1, NUMBER_TYPE) != NULL);
  return 1;
}
