/* response:rows: a file's rows, page by page, while it comes. */
#ifndef PERIGEE_ROWS_LUA_H
#define PERIGEE_ROWS_LUA_H

#include <lua.h>

/* response:rows{format = "ndjson"}: the rows of a response that was asked for with `stream`; or nil, message, code. */
int rows_of_response(lua_State *L);

#endif
