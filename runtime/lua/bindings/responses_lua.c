#include "lua/bindings/responses_lua.h"

#include "http/response_store.h"
#include "lua/bindings/http_response_lua.h"
#include "lua/glue.h"
#include "lua/task.h"
#include "pacing/server_clock.h"

#include <lauxlib.h>

#define LEAD_TYPE "perigee.lead"
#define WAITER_TYPE "perigee.waiter"

enum { NAME = 1, AFTER, WAITER, TOP };

static response_store *store_of(lua_State *L) {
  return runtime_responses(runtime_of(L));
}

static int64_t now_of(lua_State *L) {
  return timeline_ticks(&runtime_of(L)->time);
}

/* ---- waiting for another reader's */

static void wake(store_waiter *w) {
  task_wake(w->owner);
}

static int leave(lua_State *L) {
  store_waiter_leave(luaL_checkudata(L, 1, WAITER_TYPE));
  return 0;
}

static store_waiter *new_waiter(lua_State *L) {
  store_waiter *w = lua_newuserdatauv(L, sizeof *w, 0);
  *w = (store_waiter){.wake = wake};
  glue_type(L, WAITER_TYPE, NULL, leave);
  lua_setmetatable(L, -2);
  return w;
}

/* ---- fetching for others */

static store_lead **check_lead(lua_State *L) {
  return luaL_checkudata(L, 1, LEAD_TYPE);
}

/* Without its date, nobody could tell later when a response was made. */
static bool is_dated(const http_exchange *x) {
  return server_clock_date(x, -1) != -1;
}

/* lead:put(response): others may have it; where it came, or nil: it cannot be kept. */
static int put(lua_State *L) {
  store_lead **l = check_lead(L);
  const http_exchange *x = http_check_response(L, 2);
  uint64_t place;
  luaL_argcheck(L, *l, 1, "it is closed");
  if (is_dated(x) && store_lead_put(*l, x, now_of(L), &place))
    lua_pushinteger(L, (lua_Integer)place);
  else
    luaL_pushfail(L);
  return 1;
}

/* lead:close(): nothing more comes of it. */
static int close_lead(lua_State *L) {
  store_lead **l = check_lead(L);
  store_lead_free(*l);
  *l = NULL;
  return 0;
}

/* ---- taking */

static int look(lua_State *L, int status, lua_KContext context);

static int push_lead(lua_State *L, response_store *s) {
  lua_pushnil(L);
  lua_pushnil(L);
  store_lead **l = lua_newuserdatauv(L, sizeof(void *), 0);
  *l = NULL;
  luaL_setmetatable(L, LEAD_TYPE);
  *l = response_store_begin(s, lua_tostring(L, NAME));
  glue_need(L, *l != NULL);
  return 3;
}

/* The stack is: name, after, waiter. Also where it was woken. */
static int look(lua_State *L, int status, lua_KContext context) {
  (void)context;
  response_store *s = store_of(L);
  store_waiter *w = luaL_checkudata(L, WAITER, WAITER_TYPE);
  const char *name = lua_tostring(L, NAME);
  uint64_t after = (uint64_t)lua_tointeger(L, AFTER), place;
  store_waiter_leave(w);
  if (status == LUA_ERRRUN || w->is_alone) return 0;
  lua_settop(L, WAITER);
  http_exchange **x = http_new_response(L);
  if ((*x = response_store_take(s, name, after, now_of(L), &place))) {
    http_count_response(L, TOP);
    lua_pushinteger(L, (lua_Integer)place);
    return 2;
  }
  store_lead *other = response_store_lead_of(s, name, after);
  if (!other) return push_lead(L, s);
  w->owner = task_current(L);
  store_waiter_join(w, other);
  return task_wait(L, w->owner, 0, 0, look);
}

/* responses.take(name, after): response, place; or nil, nil, lead: whoever asked is to fetch it; or nothing. */
static int take(lua_State *L) {
  luaL_checkstring(L, NAME);
  luaL_argcheck(L, luaL_checkinteger(L, AFTER) >= 0, AFTER, "a place was expected");
  lua_settop(L, AFTER);
  if (!store_of(L)) return 0;
  new_waiter(L);
  return look(L, LUA_OK, 0);
}

int open_responses(lua_State *L) {
  static const luaL_Reg functions[] = {{"take", take}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"put", put}, {"close", close_lead}, {NULL, NULL}};
  glue_type(L, LEAD_TYPE, methods, close_lead);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
