#include "lua/bindings/tasks_lua.h"

#include "lua/glue.h"
#include "lua/task.h"

#include <lauxlib.h>
#include <math.h>

#define LONGEST 31536000.0 /* a year, in seconds */

/* Ticks are cut to milliseconds, so one more is needed to wait at least as long as was asked for. */
static int64_t check_ticks(lua_State *L, int index) {
  lua_Number seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds >= 0 && seconds <= LONGEST, index, "seconds were expected, up to a year");
  return timeline_ticks(&runtime_of(L)->time) + (int64_t)ceil(seconds * 1000) + (seconds > 0);
}

static int nothing(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 0;
}

static int sleep_for(lua_State *L) {
  int64_t wake = check_ticks(L, 1);
  return task_wait(L, task_current(L), wake, 0, nothing);
}

static int spawn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  task_new(L, lua_gettop(L) - 1);
  return 1;
}

static int joined(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  task *t = luaL_checkudata(L, 1, TASK_TYPE);
  if (t->state != TASK_DONE) {
    t->joiner = NULL;
    return glue_fail(L, "timeout", "not done in time");
  }
  int n = t->results;
  luaL_checkstack(L, n, "too many results");
  if (!lua_checkstack(t->thread, 1)) return luaL_error(L, "memory is short");
  for (int i = n; i > 0; i--) {
    lua_pushvalue(t->thread, -i);
    lua_xmove(t->thread, L, 1);
  }
  return t->failed ? lua_error(L) : n;
}

/* t:join([seconds]): what its function returned; raises what it raised; nil, message, "timeout" when it takes longer.
 */
static int join(lua_State *L) {
  task *t = luaL_checkudata(L, 1, TASK_TYPE);
  int64_t wake = lua_isnoneornil(L, 2) ? 0 : check_ticks(L, 2);
  if (t->state == TASK_DONE) return joined(L, LUA_OK, 0);
  task *self = task_current(L);
  luaL_argcheck(L, !t->joiner && t != self, 1, "is waited for already");
  t->joiner = self;
  return task_wait(L, self, wake, 0, joined);
}

static const luaL_Reg methods[] = {{"join", join}, {NULL, NULL}};

int open_tasks(lua_State *L) {
  static const luaL_Reg functions[] = {{"sleep", sleep_for}, {"spawn", spawn}, {NULL, NULL}};
  task_type(L, methods);
  luaL_newlib(L, functions);
  return 1;
}
