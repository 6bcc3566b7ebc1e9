/* http.get and http.request: sends a request and waits for its response. */
#ifndef PERIGEE_HTTP_REQUEST_LUA_H
#define PERIGEE_HTTP_REQUEST_LUA_H

#include <lua.h>

/* http.get(url, options): the response; or nil, message, code. */
int http_get(lua_State *L);

/* http.request{url = …, method = …, options …}: the response; or nil, message, code. */
int http_request(lua_State *L);

#endif
