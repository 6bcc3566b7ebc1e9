#include "lua/bindings/http_request_lua.h"

#include "airbyte/waiting.h"
#include "base/url.h"
#include "lua/bindings/http_response_lua.h"
#include "lua/bindings/json_number_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

static void add_parameter(lua_State *L, bytes *url, int name, int value) {
  size_t length, value_length;
  const char *text = lua_tolstring(L, name, &length);
  int type = lua_type(L, value);
  bool is_exact = json_number_text(L, value, &value_length) != NULL;
  if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN && !is_exact)
    luaL_error(L, "the query's '%s' cannot be a %s", text, luaL_typename(L, value));
  const char *of = luaL_tolstring(L, value, &value_length);
  glue_need(L, bytes_text(url, strchr(url->data, '?') ? "&" : "?") && url_encode(text, length, url) &&
                   bytes_text(url, "=") && url_encode(of, value_length, url));
  lua_pop(L, 1);
}

/* A parameter may be a text, a number, a boolean, or a list of them, which repeats it. Names go in order. */
static void add_query(lua_State *L, bytes *url, int query) {
  glue_sorted_keys(L, query);
  lua_Integer count = luaL_len(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    int name = lua_gettop(L);
    lua_pushvalue(L, name);
    if (lua_gettable(L, query) != LUA_TTABLE)
      add_parameter(L, url, name, name + 1);
    else
      for (lua_Integer n = 1; lua_rawgeti(L, name + 1, n) != LUA_TNIL; n++, lua_pop(L, 1))
        add_parameter(L, url, name, name + 2);
    lua_settop(L, name - 1);
  }
  lua_pop(L, 1);
}

static void push_url(lua_State *L, int url, int settings) {
  bytes *out = glue_bytes(L);
  glue_need(L, bytes_text(out, luaL_checkstring(L, url)));
  if (lua_getfield(L, settings, "query") == LUA_TTABLE)
    add_query(L, out, lua_gettop(L));
  else
    luaL_argcheck(L, lua_isnil(L, -1), settings, "query must be a table");
  lua_pushlstring(L, out->data, out->length);
  lua_replace(L, url);
  lua_settop(L, 3);
}

static void add_headers(lua_State *L, http_exchange *x, int settings) {
  int headers = lua_gettop(L) + 1;
  if (lua_getfield(L, settings, "headers") != LUA_TNIL) {
    luaL_argcheck(L, lua_istable(L, headers), settings, "headers must be a table");
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1)) {
      luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, settings, "headers must be a table of names and values");
      if (!http_add_header(x, lua_tostring(L, -2), luaL_checkstring(L, -1)))
        break; /* x holds the reason, which its end brings */
    }
  }
  lua_settop(L, headers - 1);
}

static void add_payload(lua_State *L, http_exchange *x, int settings) {
  size_t length;
  if (lua_getfield(L, settings, "body") != LUA_TNIL) {
    const char *body = luaL_checklstring(L, -1, &length);
    glue_need(L, http_payload(x, body, length));
  }
  lua_pop(L, 1);
}

/* JSON that says where secrets stand (auth/auth_places.h): a child's parent, which has them, places them. */
static void add_auth(lua_State *L, http_exchange *x, int settings) {
  size_t length;
  if (lua_getfield(L, settings, "auth") != LUA_TNIL) {
    const char *auth = luaL_checklstring(L, -1, &length);
    if (!runtime_of(L)->parent) luaL_error(L, "auth is for the scripts of streams of one's own, which have a process");
    glue_need(L, bytes_append(&x->auth, auth, length));
  }
  lua_pop(L, 1);
}

static void on_wait(http_exchange *x, int64_t until) {
  const host *h = ((task *)x->owner)->owner;
  const runtime *r = h->runtime;
  waiting_report(h->stream, r->progress, &r->time, until - timeline_ticks(&r->time));
}

/* With options.endpoint the governor says when; without, at once. In a child, its parent has the governor. */
static void dispatch(lua_State *L, http_exchange *x, int settings) {
  const runtime *r = runtime_of(L);
  bool paced = lua_getfield(L, settings, "endpoint") == LUA_TSTRING && x->code == HTTP_OK;
  if (paced && r->parent)
    glue_need(L, bytes_text(&x->endpoint, lua_tostring(L, -1))), http_start(x);
  else if (paced)
    glue_need(L, scheduler_start(r->scheduler, x, lua_tostring(L, -1), on_wait));
  else
    http_start(x);
  lua_pop(L, 1);
}

/* The stack is: url, options, method. Returns response, or nil, message, code. */
static int send_request(lua_State *L) {
  task *t = task_current(L);
  push_url(L, 1, 2);
  http_exchange **response = http_new_response(L);
  http_exchange *x = *response = http_new_exchange(runtime_of(L)->http, lua_tostring(L, 3), lua_tostring(L, 1));
  if (!x) return luaL_error(L, "memory is short");
  add_headers(L, x, 2);
  add_payload(L, x, 2);
  add_auth(L, x, 2);
  lua_getfield(L, 2, "early");
  x->on_headers = lua_toboolean(L, -1) ? http_wake_owner : NULL;
  lua_getfield(L, 2, "once");
  x->once = lua_toboolean(L, -1);
  lua_getfield(L, 2, "stream");
  x->streamed = lua_toboolean(L, -1);
  if (x->streamed) x->on_headers = x->on_part = http_wake_owner;
  lua_getfield(L, 2, "framed");
  x->framed = x->streamed || lua_toboolean(L, -1);
  lua_pop(L, 4);
  x->on_done = http_wake_owner;
  x->owner = t;
  x->stream = t->owner->stream ? t->owner->stream->name : NULL;
  dispatch(L, x, 2);
  return http_wait_for_response(L, t, 4);
}

int http_get(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) lua_newtable(L), lua_replace(L, 2);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_pushliteral(L, "GET");
  return send_request(L);
}

int http_request(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "url");
  lua_insert(L, 1);
  luaL_checkstring(L, 1);
  if (lua_getfield(L, 2, "method") == LUA_TNIL) lua_pop(L, 1), lua_pushliteral(L, "GET");
  luaL_checkstring(L, 3);
  return send_request(L);
}
