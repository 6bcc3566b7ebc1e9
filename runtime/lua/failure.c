#include "lua/failure.h"

#include <lauxlib.h>
#include <stdlib.h>

#define EXTRA_MEMORY ((size_t)1 << 20) /* above the cap, for the text */

/* Where a thread was, as "file:line: "; Lua itself says it with its own errors, but not when memory is short. */
static void push_place(lua_State *L, lua_State *thread) {
  lua_Debug at;
  for (int level = 0; lua_getstack(thread, level, &at); level++) {
    lua_getinfo(thread, "Sl", &at);
    if (at.currentline <= 0) continue;
    lua_pushfstring(L, "%s:%d: ", at.short_src, at.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

/* Takes what was raised off the thread, and leaves a message with the thread's traceback. */
static int describe_error(lua_State *L) {
  lua_State *thread = lua_touserdata(L, 1);
  bool no_memory = lua_status(thread) == LUA_ERRMEM;
  lua_xmove(thread, L, 1);
  luaL_tolstring(L, -1, NULL);
  if (no_memory) {
    push_place(L, thread);
    lua_insert(L, -2);
    lua_pushfstring(L, "; the limit for a script is %d MiB%s", (int)((host_of(L)->memory_cap - EXTRA_MEMORY) >> 20),
                    runtime_of(L)->parent ? ", --script-memory sets it" : "");
    lua_concat(L, 3);
  }
  luaL_traceback(L, thread, lua_tostring(L, -1), 0);
  return 1;
}

static int push_overrun(lua_State *L) {
  lua_pushstring(L, host_of(L)->overrun);
  return 1;
}

/* What goes wrong here is as good a message. */
static void push_description(host *h, lua_State *thread) {
  lua_pushcfunction(h->L, describe_error);
  lua_pushlightuserdata(h->L, thread);
  host_call(h->L, 1, 1);
}

void failure_keep(host *h, lua_State *thread, stop_way way) {
  size_t cap = h->memory_cap;
  bool in_time = !h->overrun[0];
  h->memory_cap = cap ? cap + EXTRA_MEMORY : 0;
  free(h->runtime->reserve);
  h->runtime->reserve = NULL;
  stop_arm(h->L, way);
  push_description(h, thread);
  stop_arm(thread, way);
  lua_resetthread(thread);
  stop_arm(NULL, STOP_NEVER);
  if (in_time && h->overrun[0]) { /* a __close ran into the limit: that is more than the error before it */
    lua_pushcfunction(h->L, push_overrun);
    host_call(h->L, 0, 1);
  }
  if (way == STOP_INTERRUPTS) stop_disarm(h->L);
  lua_settop(thread, 0);
  lua_xmove(h->L, thread, 1);
  h->memory_cap = cap;
}
