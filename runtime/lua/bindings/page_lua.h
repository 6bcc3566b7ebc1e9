/* The module `page`, and response:page. */
#ifndef PERIGEE_PAGE_LUA_H
#define PERIGEE_PAGE_LUA_H

#include "formats/row_reader.h"

#include <lua.h>

/*
 * response:page{fields = {names}, reads = {names}, key = {some of them}, single = bool, rows = "path.to.array"}: a
 * page; or nil, message, code.
 */
int page_of_response(lua_State *L);

/*
 * A page of at most `most` rows of a file: the settings are at index 2, what the page is of at 1. Pushes it; or nil,
 * message, code, with the file moved on all the same.
 */
int page_of_rows(lua_State *L, row_reader *rows, size_t most);

/* The module `page`: of. */
int open_page(lua_State *L);

#endif
