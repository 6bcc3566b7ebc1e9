#include "lua/bindings/page_object_lua.h"

#include "lua/bindings/json_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

page *page_check(lua_State *L, int index) {
  page *p = luaL_checkudata(L, index, PAGE_TYPE);
  luaL_argcheck(L, p->text, index, "the page is closed");
  return p;
}

void page_push(lua_State *L, const char *text, json_slice value, bool raw) {
  const secrets *store = runtime_of(L)->secrets;
  if (value.length && secrets_found(store, text + value.start, value.length)) {
    bytes *masked = glue_bytes(L);
    glue_need(L, bytes_append(masked, text + value.start, value.length));
    secrets_mask_in_place(store, masked->data, masked->length);
    page_push(L, masked->data, (json_slice){0, masked->length}, raw);
    lua_remove(L, -2);
  } else if (raw) {
    lua_pushlstring(L, text + value.start, value.length);
  } else {
    json_push(L, text, value, NULL);
  }
}

size_t page_check_field(lua_State *L, page *p, int index) {
  const char *name = luaL_checkstring(L, index);
  lua_getiuservalue(L, 1, PAGE_NAMES);
  for (size_t i = 0; i < p->timed; i++) {
    bool same = lua_rawgeti(L, -1, (lua_Integer)i + 1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), name) == 0;
    lua_pop(L, 1);
    if (!same) continue;
    lua_pop(L, 1);
    return i;
  }
  return (size_t)luaL_argerror(L, index, "the page was not asked for this field");
}
