#include "lua/bindings/pacing_lua.h"

#include "lua/glue.h"
#include "pacing/governor.h"
#include "pacing/server_clock.h"

#include <lauxlib.h>

#define GOVERNOR_TYPE "perigee.governor"
#define ENDPOINT_TYPE "perigee.endpoint"
#define CLOCK_TYPE "perigee.server_clock"

typedef struct held {
  governor *governor;
  endpoint *endpoint; /* the governor's own, which is kept alive as a user value */
} held;

static const luaL_Reg governor_methods[], endpoint_methods[], clock_methods[];

static int collect_governor(lua_State *L) {
  held *h = luaL_checkudata(L, 1, GOVERNOR_TYPE);
  governor_free(h->governor);
  h->governor = NULL;
  return 0;
}

/* pacing.governor(max) */
static int new_governor(lua_State *L) {
  lua_Integer max = luaL_checkinteger(L, 1);
  held *h = lua_newuserdatauv(L, sizeof *h, 0);
  *h = (held){0};
  glue_type(L, GOVERNOR_TYPE, governor_methods, collect_governor);
  lua_setmetatable(L, -2);
  glue_need(L, (h->governor = governor_new((unsigned)max)) != NULL);
  return 1;
}

/* governor:endpoint(name) */
static int get_endpoint(lua_State *L) {
  const held *of = luaL_checkudata(L, 1, GOVERNOR_TYPE);
  const char *name = luaL_checkstring(L, 2);
  held *h = lua_newuserdatauv(L, sizeof *h, 1);
  *h = (held){0};
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  glue_type(L, ENDPOINT_TYPE, endpoint_methods, NULL);
  lua_setmetatable(L, -2);
  glue_need(L, (h->endpoint = governor_endpoint(of->governor, "https://host", "GET", name)) != NULL);
  return 1;
}

unsigned pacing_share(lua_State *L, int index) {
  lua_Number share = luaL_checknumber(L, index);
  luaL_argcheck(L, share > 0 && share <= 1, index, "a share above 0 and up to 1 was expected");
  return (unsigned)(share * BUCKET_WHOLE + 0.5);
}

const char *const *pacing_own(lua_State *L, int index, const char *own[PACING_MOST_OWN + 1]) {
  if (lua_isnoneornil(L, index)) return NULL;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_Integer count = luaL_len(L, index);
  luaL_argcheck(L, count <= PACING_MOST_OWN, index, "64 names were expected at the most");
  for (lua_Integer i = 0; i < count; i++) {
    luaL_argcheck(L, lua_geti(L, index, i + 1) == LUA_TSTRING, index, "a list of names was expected");
    own[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  own[count] = NULL;
  return own;
}

/* governor:tell(share, own): see governor_tell; share: from 0 to 1, own: a list or nil. */
static int tell(lua_State *L) {
  const held *of = luaL_checkudata(L, 1, GOVERNOR_TYPE);
  const char *own[PACING_MOST_OWN + 1];
  unsigned share = pacing_share(L, 2);
  glue_need(L, governor_tell(of->governor, "https://host", share, pacing_own(L, 3, own)));
  return 0;
}

/* endpoint:admit(now): 0; or the tick of the next attempt (math.maxinteger: once a request has ended), and whether it
 * waits for a window's end. */
static int admit(lua_State *L) {
  const held *h = luaL_checkudata(L, 1, ENDPOINT_TYPE);
  bool limited;
  lua_pushinteger(L, governor_admit(h->endpoint, luaL_checkinteger(L, 2), &limited));
  lua_pushboolean(L, limited);
  return 2;
}

static int64_t member(lua_State *L, int table, const char *name, int64_t otherwise) {
  lua_getfield(L, table, name);
  int64_t value = luaL_optinteger(L, -1, otherwise);
  lua_pop(L, 1);
  return value;
}

/* endpoint:done(now, reading, sent): a table of what the response said to the request sent then; none: no response
 * came. */
static int done(lua_State *L) {
  const held *h = luaL_checkudata(L, 1, ENDPOINT_TYPE);
  int64_t now = luaL_checkinteger(L, 2), sent = luaL_optinteger(L, 4, INT64_MIN);
  limit_reading r = {0};
  if (lua_istable(L, 3)) {
    r.limit = (long)member(L, 3, "limit", -1);
    r.remaining = (long)member(L, 3, "remaining", -1);
    r.concurrent_limit = (long)member(L, 3, "concurrent_limit", -1);
    r.reset = member(L, 3, "reset", 0);
    r.ends = member(L, 3, "ends", 0);
    lua_getfield(L, 3, "overloaded");
    r.overloaded = lua_toboolean(L, -1);
  }
  governor_done(h->endpoint, lua_istable(L, 3) ? &r : NULL, sent, now);
  return 0;
}

/* pacing.server_clock() */
static int new_clock(lua_State *L) {
  server_clock *c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = (server_clock){0};
  glue_type(L, CLOCK_TYPE, clock_methods, NULL);
  lua_setmetatable(L, -2);
  return 1;
}

/* server_clock:note(date, now): returns the lead. */
static int note(lua_State *L) {
  server_clock *c = luaL_checkudata(L, 1, CLOCK_TYPE);
  server_clock_note(c, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3));
  lua_pushinteger(L, c->lead);
  return 1;
}

static const luaL_Reg governor_methods[] = {{"endpoint", get_endpoint}, {"tell", tell}, {NULL, NULL}};
static const luaL_Reg endpoint_methods[] = {{"admit", admit}, {"done", done}, {NULL, NULL}};
static const luaL_Reg clock_methods[] = {{"note", note}, {NULL, NULL}};

int open_pacing(lua_State *L) {
  static const luaL_Reg functions[] = {{"governor", new_governor}, {"server_clock", new_clock}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
