#include "lua/bindings/leftovers_lua.h"

#include "lua/task.h"

#include <lauxlib.h>

static void set_count(lua_State *L, const char *name, size_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_setfield(L, -2, name);
}

/* leftovers.count(): exchanges under way, tasks and their timers but the caller's, states but this one, watches. */
static int count(lua_State *L) {
  const runtime *r = runtime_of(L);
  size_t timers = 0, tasks = 0;
  for (const task *t = r->loop.tasks; t; t = t->next) {
    tasks += t != host_of(L)->running;
    timers += t->state == TASK_WAITING && t->wake;
  }
  lua_createtable(L, 0, 5);
  set_count(L, "exchanges", http_under_way(r->http));
  set_count(L, "tasks", tasks);
  set_count(L, "timers", timers);
  set_count(L, "states", r->hosts - 1);
  set_count(L, "watches", watch_count(r->loop.watches));
  return 1;
}

int open_leftovers(lua_State *L) {
  static const luaL_Reg functions[] = {{"count", count}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
