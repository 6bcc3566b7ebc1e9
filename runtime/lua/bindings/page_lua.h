/* Pages for scripts: response:page{…}, and what can be asked of one. */
#ifndef PERIGEE_PAGE_LUA_H
#define PERIGEE_PAGE_LUA_H

#include "page/page.h"

#include <lua.h>

/*
 * response:page{fields = {names}, reads = {names}, key = {some of them}, single = bool, rows = "path.to.array"}: a
 * page; or nil, message, code.
 */
int page_of_response(lua_State *L);

/*
 * Pushes a value of accepted text, decoded, or `raw` as it stands. What a server repeats of a secret is masked: in a
 * script's hands it could be cut, and then nothing would know it again.
 */
void page_push(lua_State *L, const char *text, json_slice value, bool raw);

/* The module `page`: of. */
int open_page(lua_State *L);

/* The user value of a page that lists the names of its noted fields, in order. */
#define PAGE_NAMES 2

/* The page at `index`; raises when it is none, or closed. */
page *page_check(lua_State *L, int index);

#endif
