/* The module `page`, and response:page. */
#ifndef PERIGEE_PAGE_LUA_H
#define PERIGEE_PAGE_LUA_H

#include <lua.h>

/*
 * response:page{fields = {names}, reads = {names}, key = {some of them}, single = bool, rows = "path.to.array"}: a
 * page; or nil, message, code.
 */
int page_of_response(lua_State *L);

/* The module `page`: of. */
int open_page(lua_State *L);

#endif
