/* The module `http`: get, request; for verbs also trust and use_proxy. And the responses they return. */
#ifndef PERIGEE_HTTP_LUA_H
#define PERIGEE_HTTP_LUA_H

#include "http/http.h"

#include <lua.h>

int open_http(lua_State *L);

/*
 * A page borrows the body of the response at `index`, and gives it back: the last page that does frees the body, unless
 * the script keeps it (response:keep). Nothing is done for values that are no response.
 */
void http_borrow_body(lua_State *L, int index);
void http_release_body(lua_State *L, int index);

/* The exchange behind the response at `index`; raises when it is none. */
http_exchange *http_check_response(lua_State *L, int index);

#endif
