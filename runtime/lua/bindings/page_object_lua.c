#include "lua/bindings/page_object_lua.h"

#include "lua/bindings/json_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>

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
    json_push(L, text, value);
  }
}
