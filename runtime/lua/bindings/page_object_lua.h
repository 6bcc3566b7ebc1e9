/* The page as an object of Lua: what all glue of pages shares. */
#ifndef PERIGEE_PAGE_OBJECT_LUA_H
#define PERIGEE_PAGE_OBJECT_LUA_H

#include "page/page.h"

#include <lua.h>

#define PAGE_TYPE "perigee.page"

/* The user values of a page: what its text belongs to, and the list of the names of its noted fields, in order. */
enum { PAGE_RESPONSE = 1, PAGE_NAMES, PAGE_VALUES = PAGE_NAMES };

/* The page at `index`; raises when it is none, or closed. */
page *page_check(lua_State *L, int index);

/* The position of a page's field by its name at `index`; raises when the page, at index 1, was not asked to note it. */
size_t page_check_field(lua_State *L, page *p, int index);

/*
 * Pushes a value of accepted text, decoded, or `raw` as it stands. What a server repeats of a secret is masked: in a
 * script's hands it could be cut, and then nothing would know it again.
 */
void page_push(lua_State *L, const char *text, json_slice value, bool raw);

#endif
