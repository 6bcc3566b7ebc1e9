/* Pages for scripts: response:page{…}, and what can be asked of one. */
#ifndef PERIGEE_PAGE_LUA_H
#define PERIGEE_PAGE_LUA_H

#include "page.h"

#include <lua.h>

/*
 * response:page{fields = {names}, key = {some of them}, single = bool, rows = "path.to.array"}: a page; or nil,
 * message, code.
 */
int page_of_response(lua_State *L);

/* The module `page`: of. */
int open_page(lua_State *L);

/* The page at `index`; raises when it is none, or closed. */
page *page_check(lua_State *L, int index);

#endif
