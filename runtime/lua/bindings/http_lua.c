#include "lua/bindings/http_lua.h"

#include "base/url.h"
#include "child/in_child/parent_channel.h"
#include "lua/bindings/http_request_lua.h"
#include "lua/bindings/http_response_lua.h"
#include "lua/bindings/pacing_lua.h"
#include "lua/bindings/page_lua.h"
#include "lua/bindings/rows_lua.h"
#include "lua/glue.h"
#include "lua/task.h"

#include <lauxlib.h>

/* http.limits(url, {limit = …, remaining = …, reset = …, concurrent_limit = …}). */
static int limits(lua_State *L) {
  static const char *const fields[RATE_HEADERS] = {"limit", "remaining", "reset", "concurrent_limit"};
  const char *names[RATE_HEADERS] = {0};
  const char *url = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int i = 0; i < RATE_HEADERS; i++) {
    lua_getfield(L, 2, fields[i]);
    names[i] = lua_tostring(L, -1); /* stays on the stack, and so alive */
  }
  runtime *r = runtime_of(L);
  luaL_argcheck(L, rate_headers_set(&r->rate_headers, url, names), 1, "no address");
  if (r->parent) parent_channel_limits(r->parent, url, names);
  return 0;
}

/*
 * http.slots(url, endpoint, method), and `room` by its older name: how many more requests may go out now, and how many
 * at once at the most. One by one where they are recorded or replayed: of several at once the order of the responses
 * decides what is requested next, which no replay knows.
 */
static int slots(lua_State *L) {
  unsigned max = 1;
  const char *url = luaL_checkstring(L, 1);
  const char *name = luaL_checkstring(L, 2), *method = luaL_optstring(L, 3, "GET");
  const runtime *r = runtime_of(L);
  unsigned left = 0;
  if (r->parent)
    left = parent_channel_slots(r->parent, method, name, &max);
  else if (!recording_is_on(r->recording))
    left = scheduler_slots(r->scheduler, url, method, name, timeline_ticks(&r->time), &max);
  lua_pushinteger(L, left);
  lua_pushinteger(L, max);
  return 2;
}

/* http.answered(url): whether its origin has given a good response in this run. */
static int answered(lua_State *L) {
  lua_pushboolean(L, http_has_answered(runtime_of(L)->http, luaL_checkstring(L, 1)));
  return 1;
}

/* http.waits_for(url): what the requests to its origin wait for, of those under way the one that has come furthest. */
static int waits_for(lua_State *L) {
  lua_pushstring(L, http_wait_name(http_waits_for(runtime_of(L)->http, luaL_checkstring(L, 1))));
  return 1;
}

/* http.logins(): how many logins were made for the responses that came, since it was asked last. */
static int logins_made(lua_State *L) {
  runtime *r = runtime_of(L);
  lua_pushinteger(L, r->logins_made);
  r->logins_made = 0;
  return 1;
}

/* ---- for verbs: what holds for every request */

/* http.share_limits(url, share, own): what is known of an origin's limits beforehand, see governor_tell; true, or nil
 * where it is no address. */
static int share_limits(lua_State *L) {
  const char *own[PACING_MOST_OWN + 1], *url = luaL_checkstring(L, 1);
  unsigned share = pacing_share(L, 2);
  if (!url_origin(url, glue_bytes(L))) return glue_fail(L, "no_address", "%s is no address", url);
  glue_need(L, scheduler_tell(runtime_of(L)->scheduler, url, share, pacing_own(L, 3, own)));
  lua_pushboolean(L, true);
  return 1;
}

/* http.workers(n): how many requests may be under way at once. */
static int workers(lua_State *L) {
  lua_Integer max = luaL_checkinteger(L, 1);
  luaL_argcheck(L, max >= 1 && max <= 1000, 1, "a number from 1 to 1000 was expected");
  scheduler_set_max(runtime_of(L)->scheduler, (unsigned)max);
  return 0;
}

static int trust(lua_State *L) {
  glue_need(L, http_trust(runtime_of(L)->http, luaL_checkstring(L, 1)));
  return 0;
}

static int use_proxy(lua_State *L) {
  glue_need(L, http_use_proxy(runtime_of(L)->http, luaL_checkstring(L, 1)));
  lua_pushstring(L, http_exempt_from_proxy());
  return 1;
}

int open_http(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"get", http_get}, {"request", http_request}, {"limits", limits},      {"slots", slots},
      {"room", slots},   {"answered", answered},    {"logins", logins_made}, {NULL, NULL}};
  static const luaL_Reg trusted[] = {{"trust", trust},         {"use_proxy", use_proxy},       {"workers", workers},
                                     {"waits_for", waits_for}, {"share_limits", share_limits}, {NULL, NULL}};
  http_open_responses(L, page_of_response, rows_of_response);
  luaL_newlib(L, functions);
  if (host_of(L)->kind & (HOST_VERB | HOST_INTERPRETER)) luaL_setfuncs(L, trusted, 0);
  return 1;
}
