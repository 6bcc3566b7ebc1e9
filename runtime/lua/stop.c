#include "lua/stop.h"

#include "base/signals.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <stdio.h>

/* The place that counts is the first: what is stopped after it did not use up the time. */
static void note_overrun(lua_State *L, lua_Debug *at) {
  runtime *r = runtime_of(L);
  if (r->overrun[0]) return;
  lua_getinfo(L, "Sl", at);
  snprintf(r->overrun, sizeof r->overrun, "%s:%d: it ran for %g s without waiting, the limit for a stream's script; %s",
           at->short_src, at->currentline, (double)r->script_time / 1000, "--script-time sets it");
}

/*
 * At every instruction from now on, so that no pcall holds it: a script that loops must not outlast a signal, nor its
 * limit of time.
 */
static void raise_stop(lua_State *L, lua_Debug *at) {
  if (!signals_overtime()) luaL_error(L, "ended by a signal");
  note_overrun(L, at);
  lua_pushstring(L, runtime_of(L)->overrun);
  lua_error(L);
}

static void raise_interrupted(lua_State *L, lua_Debug *at) {
  (void)at;
  luaL_error(L, "interrupted");
}

/* To set a hook is what Lua allows a signal's handler to do. */
static void end_thread(void *thread) {
  lua_sethook(thread, raise_stop, LUA_MASKCOUNT, 1);
}

static void interrupt_thread(void *thread) {
  lua_sethook(thread, raise_interrupted, LUA_MASKCOUNT, 1);
}

void stop_arm(lua_State *thread, stop_way way) {
  if (!thread || way == STOP_NEVER)
    signals_stop(NULL, NULL);
  else
    signals_stop(way == STOP_INTERRUPTS ? interrupt_thread : end_thread, thread);
}

void stop_interrupt(lua_State *thread) {
  interrupt_thread(thread);
}

void stop_disarm(lua_State *thread) {
  lua_sethook(thread, NULL, 0, 0);
}
