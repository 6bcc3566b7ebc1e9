#include "lua/bindings/page_keys_lua.h"

#include "lua/bindings/keys_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>

size_t page_check_bounds(lua_State *L, page *p, int index, page_bound *bounds) {
  size_t n = 0;
  if (lua_isnoneornil(L, index)) return 0;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    luaL_argcheck(L, n < PAGE_MAX_FIELDS && lua_isinteger(L, -1), index, "fields with times were expected");
    lua_pushvalue(L, -2);
    bounds[n].field = page_check_field(L, p, lua_gettop(L));
    lua_pop(L, 1);
    bounds[n++].us = lua_tointeger(L, -1);
  }
  return n;
}

/* The set at `index`, with which the page is then compared. */
static const known_keys *check_known(lua_State *L, page *p, int index) {
  const known_keys *known = known_keys_check(L, index);
  if (known->old.count && !p->old_keys) {
    glue_need(L, page_know_old(p));
    host_hold(L, &p->held, page_memory(p));
  }
  return known;
}

int page_drop_known_rows(lua_State *L) {
  page *p = page_check(L, 1);
  lua_pushinteger(L, (lua_Integer)page_drop_known(p, check_known(L, p, 2)));
  return 1;
}

typedef bool (*adder)(const page *, known_keys *, page_which, const known_keys *, const page_bound *, size_t);

static int add_to_set(lua_State *L, adder add) {
  page_bound bounds[PAGE_MAX_FIELDS];
  page *p = page_check(L, 1);
  known_keys *to = known_keys_check(L, 2);
  const known_keys *among = lua_isuserdata(L, 3) ? check_known(L, p, 3) : NULL;
  static const char *const names[] = {"all", "kept", NULL};
  page_which which = among ? PAGE_KNOWN : luaL_checkoption(L, 3, NULL, names) == 0 ? PAGE_ALL : PAGE_KEPT;
  size_t count = page_check_bounds(L, p, 4, bounds);
  glue_need(L, add(p, to, which, among, bounds, count));
  return 0;
}

/* page:remember(set, "all" | "kept" | the set in which they are known already, bounds). */
int page_remember_keys(lua_State *L) {
  return add_to_set(L, page_remember);
}

/* page:remember_rows(…): the same, by what the records say. */
int page_remember_digests(lua_State *L) {
  return add_to_set(L, page_remember_rows);
}

int page_joins_set(lua_State *L) {
  page *p = page_check(L, 1);
  lua_pushboolean(L, page_joins(p, check_known(L, p, 2)));
  return 1;
}
