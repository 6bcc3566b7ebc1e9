#include "lua/bindings/comparison_lua.h"

#include "base/signals.h"
#include "compare/compare_report.h"
#include "lua/glue.h"
#include "json/json_value.h"

#include <lauxlib.h>

#define COMPARISON_TYPE "perigee.comparison"

static int collect(lua_State *L) {
  compare_free(luaL_checkudata(L, 1, COMPARISON_TYPE));
  return 0;
}

static comparison *new_comparison(lua_State *L) {
  comparison *c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = (comparison){0};
  glue_type(L, COMPARISON_TYPE, NULL, collect);
  lua_setmetatable(L, -2);
  return c;
}

/* comparison.outputs(a, b, keys): `keys` is JSON, an object that has the key of each stream. The report, as JSON. */
static int outputs(lua_State *L) {
  const char *a = luaL_checkstring(L, 1), *b = luaL_checkstring(L, 2);
  size_t length;
  const char *keys = luaL_checklstring(L, 3, &length);
  bytes *report = glue_bytes(L);
  comparison *c = new_comparison(L);
  c->pairs.keys = keys;
  c->pairs.keys_root = json_root(keys, length);
  signals_pause();
  bool ok = compare_files(c, a, b) && compare_report_write(c, report);
  signals_go_on();
  if (!ok) return glue_fail(L, "unreadable", "%s", c->failure.length ? c->failure.data : "memory is short");
  lua_pushlstring(L, report->data, report->length);
  return 1;
}

int open_comparison(lua_State *L) {
  static const luaL_Reg functions[] = {{"outputs", outputs}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
