#include "lua/failure.h"

#include "lua/raised.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define EXTRA_MEMORY ((size_t)1 << 20) /* above the cap, for the text */

void failure_push_subject(lua_State *L, lua_State *thread) {
  const host *h = host_of(L);
  if (h->push_subject)
    h->push_subject(L, thread);
  else
    lua_pushliteral(L, "");
}

/* Unless whoever raised it has named that already. */
static void add_subject(lua_State *L, lua_State *thread) {
  failure_push_subject(L, thread);
  size_t length, whole;
  const char *subject = lua_tolstring(L, -1, &length), *message = lua_tolstring(L, -2, &whole);
  if (whole >= length && memcmp(message + whole - length, subject, length) == 0)
    lua_pop(L, 1);
  else
    lua_concat(L, 2);
}

/* Takes what was raised off the thread, and leaves a message with the thread's traceback. */
static int describe_error(lua_State *L) {
  lua_State *thread = lua_touserdata(L, 1);
  bool no_memory = lua_status(thread) == LUA_ERRMEM;
  lua_xmove(thread, L, 1);
  raised_describe(L, thread);
  if (no_memory) {
    raised_push_place(L, thread);
    lua_insert(L, -2);
    lua_pushfstring(L, "; the limit for a script is %d MiB%s", (int)((host_of(L)->memory_cap - EXTRA_MEMORY) >> 20),
                    runtime_of(L)->parent ? ", --script-memory sets it" : "");
    lua_concat(L, 3);
  }
  add_subject(L, thread);
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
