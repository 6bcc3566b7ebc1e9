#include "lua/stop.h"

#include "base/signals.h"
#include "cli/verbs.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <stdio.h>

/* The place that counts is the first: what is stopped after it did not use up the time. */
static void note_overrun(lua_State *L, lua_Debug *at) {
  host *h = host_of(L);
  if (h->overrun[0]) return;
  lua_getinfo(L, "Sl", at);
  snprintf(h->overrun, sizeof h->overrun, "%s:%d: it ran for %g s without waiting, the limit for %s", at->short_src,
           at->currentline, (double)h->runtime->script_time / 1000,
           h->runtime->parent ? "a stream's script; --script-time sets it" : "perigee's own scripts; please report it");
}

/*
 * At every instruction from now on, so that no pcall holds it: a script that loops must not outlast a signal, nor its
 * limit of time.
 */
static void raise_stop(lua_State *L, lua_Debug *at) {
  if (!signals_overtime()) luaL_error(L, "ended by a signal");
  note_overrun(L, at);
  lua_pushstring(L, host_of(L)->overrun);
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

bool stop_prepare(host *h, const char *about) {
  bytes message = {0};
  bool ok =
      bytes_printf(&message,
                   "%s ran for %g s without waiting, the limit for perigee's own scripts, where Lua cannot be "
                   "interrupted, such as a string pattern, so perigee ended; please report it. The next read goes "
                   "on from the last state of each stream",
                   about, (double)h->runtime->script_time / 1000);
  ok = ok && bytes_printf(&h->last_plain, "perigee: %s\n", message.data);
  int descriptor = ok ? sink_last_words(host_sink(h), h->stream, "system_error", message.data, &h->last_words) : -1;
  bytes_free(&message);
  h->words =
      (signals_words){descriptor, h->last_words.data, h->last_words.length, h->last_plain.data, h->last_plain.length};
  return ok;
}

/* Who waits for a verb at a terminal ends it when it takes too long: a test of much data may. */
static bool is_limited(const host *h, stop_way way) {
  if (way != STOP_ENDS || !h->runtime->script_time || h->kind == HOST_PROMPT) return false;
  return h->kind != HOST_VERB || !verbs_for_people(h->runtime->options);
}

static signals_time time_of(const host *h, stop_way way) {
  if (!is_limited(h, way)) return SIGNALS_UNLIMITED;
  return h->overrun[0] ? SIGNALS_OVER : SIGNALS_LIMITED;
}

void stop_arm(lua_State *thread, stop_way way) {
  if (!thread || way == STOP_NEVER) {
    signals_stop(NULL, NULL, SIGNALS_UNLIMITED);
    return;
  }
  const host *h = host_of(thread);
  signals_last_words(h->last_plain.length ? &h->words : NULL);
  signals_stop(way == STOP_INTERRUPTS ? interrupt_thread : end_thread, thread, time_of(h, way));
}

void stop_interrupt(lua_State *thread) {
  interrupt_thread(thread);
}

void stop_disarm(lua_State *thread) {
  lua_sethook(thread, NULL, 0, 0);
}
