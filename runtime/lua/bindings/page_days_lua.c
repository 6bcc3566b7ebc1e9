#include "lua/bindings/page_days_lua.h"

#include "lua/bindings/page_keys_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/glue.h"
#include "page/page_days.h"

#include <lauxlib.h>

int page_keep_before_times(lua_State *L) {
  page_bound bounds[PAGE_MAX_FIELDS];
  page *p = page_check(L, 1);
  page_keep_before(p, bounds, page_check_bounds(L, p, 2, bounds));
  lua_pushinteger(L, (lua_Integer)p->kept);
  return 1;
}

int page_keep_days_of(lua_State *L) {
  page *p = page_check(L, 1);
  size_t field = page_check_field(L, p, 2);
  page_days days = {0};
  days.list = luaL_checklstring(L, 3, &days.length);
  lua_Integer index = luaL_checkinteger(L, 4), n = luaL_checkinteger(L, 5);
  luaL_argcheck(L, index >= 0 && index < n, 4, "shards are counted from 0");
  days.index = (uint64_t)index, days.count = (uint64_t)n;
  glue_need(L, page_keep_days(p, field, &days));
  lua_pushinteger(L, (lua_Integer)p->kept);
  return 1;
}
