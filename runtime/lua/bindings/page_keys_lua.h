/* Methods of pages that compare their records with sets of keys, and bounds of times. */
#ifndef PERIGEE_PAGE_KEYS_LUA_H
#define PERIGEE_PAGE_KEYS_LUA_H

#include "page/page.h"

#include <lua.h>

/* Reads the table from fields to times at `index`, which may be absent; returns how many. */
size_t page_check_bounds(lua_State *L, page *p, int index, page_bound *bounds);

/* Those whose names in Lua are drop_known, remember, remember_rows and joins. */
int page_drop_known_rows(lua_State *L);
int page_remember_keys(lua_State *L);
int page_remember_digests(lua_State *L);
int page_joins_set(lua_State *L);

#endif
