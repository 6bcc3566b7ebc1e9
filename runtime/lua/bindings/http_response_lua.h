/* Responses for scripts: what http.get and http.request return. */
#ifndef PERIGEE_HTTP_RESPONSE_LUA_H
#define PERIGEE_HTTP_RESPONSE_LUA_H

#include "http/http.h"
#include "lua/task.h"

#include <lua.h>

/* Makes the type of responses, two methods of which are made elsewhere. To be called before any other function here. */
void http_open_responses(lua_State *L, lua_CFunction page, lua_CFunction rows);

/*
 * Pushes a response to come, and returns where its exchange is to be put, before anything else can raise. The exchange
 * is freed with it.
 */
http_exchange **http_new_response(lua_State *L);

/* Waits for the exchange of the response at `index` as the running task. Call as `return http_wait_for_response(…)`. */
int http_wait_for_response(lua_State *L, task *t, int index);

/* A hook for an exchange's on_headers and on_done: wakes the task that waits for it. */
void http_wake_owner(http_exchange *x);

/* The exchange behind the response at `index`; raises when it is none, or still on its way. */
http_exchange *http_check_response(lua_State *L, int index);

/* The same, once its headers are there. */
http_exchange *http_check_headers(lua_State *L, int index);

/* Counts what the response at `index` holds, where its exchange is done from the beginning. */
void http_count_response(lua_State *L, int index);

/* Ends the exchange where it is: nothing more of the response at `index` is wanted. */
void http_close_response(lua_State *L, int index);

/*
 * A page borrows the body of the response at `index`, and gives it back: the last page that does frees the body, unless
 * the script keeps it (response:keep). Nothing is done for values that are no response.
 */
void http_borrow_body(lua_State *L, int index);
void http_release_body(lua_State *L, int index);

#endif
