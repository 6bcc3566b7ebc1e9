#include "lua/runtime.h"

#include "base/clock.h"
#include "base/signals.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_TIMER INT64_MAX
#define ERROR_ROOM ((size_t)1 << 20)
#define PROMPT_ROOM ((size_t)16 << 20)
#define LINE_ROOM ((size_t)1 << 20)

/* At the end: those that were begun first go first. */
static void enlist(task *t) {
  task **last = &t->owner->runtime->loop.tasks;
  for (; *last; last = &(*last)->next) t->previous = *last;
  *last = t;
}

static void delist(task *t) {
  if (t->previous)
    t->previous->next = t->next;
  else if (t->owner->runtime->loop.tasks == t)
    t->owner->runtime->loop.tasks = t->next;
  if (t->next) t->next->previous = t->previous;
  t->next = t->previous = NULL;
}

/* Also when its state is closed in mid-task: the loop must not find it any more. */
static int collect_task(lua_State *L) {
  task *t = luaL_checkudata(L, 1, TASK_TYPE);
  if (t->owner) delist(t);
  return 0;
}

/* Keeps the task, and through it its thread, alive until it is done. */
static void anchor(lua_State *L, task *t, bool keep) {
  if (keep)
    lua_pushvalue(L, -1);
  else
    lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, t);
}

task *task_new(lua_State *L, int nargs) {
  task *t = lua_newuserdatauv(L, sizeof *t, 1);
  memset(t, 0, sizeof *t);
  glue_type(L, TASK_TYPE, task_methods, collect_task);
  lua_setmetatable(L, -2);
  t->thread = lua_newthread(L);
  lua_setiuservalue(L, -2, 1);
  lua_insert(L, -2 - nargs);
  if (!lua_checkstack(t->thread, nargs + 1)) luaL_error(L, "memory is short");
  lua_xmove(L, t->thread, nargs + 1);
  t->nargs = nargs;
  anchor(L, t, true);
  t->owner = host_of(L);
  enlist(t);
  return t;
}

task *task_current(lua_State *L) {
  task *t = host_of(L)->running;
  if (!t || t->thread != L)
    luaL_error(L, "this waits, and can only be called from the script itself, not from a coroutine");
  if (!lua_isyieldable(L))
    luaL_error(L, "this waits, and cannot be called in a filter or transform, a sort comparator, a gsub callback or a "
                  "metamethod");
  return t;
}

static int go_on(lua_State *L, int status, lua_KContext context) {
  const task *t = host_of(L)->running;
  if (!t->interrupted) return t->then(L, status, context);
  t->then(L, LUA_ERRRUN, context);
  return luaL_error(L, "interrupted");
}

int task_wait(lua_State *L, task *t, int64_t wake, lua_KContext context, lua_KFunction then) {
  t->state = TASK_WAITING;
  t->wake = wake;
  t->then = then;
  return lua_yieldk(L, 0, context, go_on);
}

void task_wake(task *t) {
  if (t->state != TASK_WAITING) return;
  t->state = TASK_READY;
  t->wake = 0;
}

const char *task_text(const task *t, int from_last, size_t *length) {
  return lua_type(t->thread, -from_last) == LUA_TSTRING ? lua_tolstring(t->thread, -from_last, length) : NULL;
}

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
    lua_pushfstring(L, "; the limit for a script is %d MiB%s", (int)((host_of(L)->memory_cap - ERROR_ROOM) >> 20),
                    runtime_of(L)->parent ? ", --script-memory sets it" : "");
    lua_concat(L, 3);
  }
  luaL_traceback(L, thread, lua_tostring(L, -1), 0);
  return 1;
}

/* The place that counts is the first: what is stopped after it did not use up the time. */
static void note_breach(lua_State *L, lua_Debug *at) {
  runtime *r = runtime_of(L);
  if (r->breach[0]) return;
  lua_getinfo(L, "Sl", at);
  snprintf(r->breach, sizeof r->breach, "%s:%d: it ran for %g s without waiting, the limit for a stream's script; %s",
           at->short_src, at->currentline, (double)r->script_time / 1000, "--script-time sets it");
}

/*
 * At every instruction from now on, so that no pcall holds it: a script that loops must not outlast a signal, nor its
 * limit of time.
 */
static void raise_stop(lua_State *L, lua_Debug *at) {
  if (!signals_overtime()) luaL_error(L, "ended by a signal");
  note_breach(L, at);
  lua_pushstring(L, runtime_of(L)->breach);
  lua_error(L);
}

static int push_breach(lua_State *L) {
  lua_pushstring(L, runtime_of(L)->breach);
  return 1;
}

static void raise_interrupted(lua_State *L, lua_Debug *at) {
  (void)at;
  luaL_error(L, "interrupted");
}

/* What Lua allows a signal's handler to do. */
static void stop_script(void *thread) {
  lua_sethook(thread, raise_stop, LUA_MASKCOUNT, 1);
}

static void interrupt_script(void *thread) {
  lua_sethook(thread, raise_interrupted, LUA_MASKCOUNT, 1);
}

static bool is_interruptible(const task *t) {
  const task *prompt = t->owner->runtime->loop.prompt;
  return prompt && t != prompt && t->owner == prompt->owner;
}

/* Ctrl-C at a prompt: what was begun from there, and all that it began, raises. */
static void interrupt_tasks(const runtime *r) {
  for (task *t = r->loop.tasks; t; t = t->next) {
    if (!is_interruptible(t)) continue;
    t->interrupted = true;
    interrupt_script(t->thread);
    task_wake(t);
  }
}

/* How a signal's handler stops a thread, on behalf of a task. The prompt's own task looks for signals by itself. */
static void mind_signals(const task *t, lua_State *thread) {
  if (t == t->owner->runtime->loop.prompt)
    signals_stop(NULL, NULL);
  else
    signals_stop(is_interruptible(t) ? interrupt_script : stop_script, thread);
}

/*
 * Replaces what was raised by its message. A script may have used up its memory, or raise again in a __tostring of its
 * own, so this has room of its own and is protected. Variables to be closed are closed then (lua_resetthread).
 */
static void keep_error(task *t) {
  host *h = t->owner;
  size_t cap = h->memory_cap;
  bool in_time = !h->runtime->breach[0];
  h->memory_cap = cap ? cap + ERROR_ROOM : 0;
  free(h->runtime->reserve);
  h->runtime->reserve = NULL;
  mind_signals(t, h->L);
  lua_pushcfunction(h->L, describe_error);
  lua_pushlightuserdata(h->L, t->thread);
  host_call(h->L, 1, 1); /* what went wrong with it is as good a message */
  mind_signals(t, t->thread);
  lua_resetthread(t->thread);
  signals_stop(NULL, NULL);
  if (in_time && h->runtime->breach[0]) { /* a __close ran into the limit: that is more than the error before it */
    lua_pushcfunction(h->L, push_breach);
    host_call(h->L, 0, 1);
  }
  if (is_interruptible(t)) lua_sethook(h->L, NULL, 0, 0); /* its state goes on */
  lua_settop(t->thread, 0);
  lua_xmove(h->L, t->thread, 1);
  h->memory_cap = cap;
  t->failed = true;
  t->results = 1;
}

/* A prompt has room above its person's tasks, and these have some in any case: `t = nil` must run where t fills memory.
 */
static size_t cap_of(const task *t, size_t cap) {
  host *h = t->owner;
  if (t != h->runtime->loop.prompt || !cap) return cap;
  if (h->memory + LINE_ROOM > cap) lua_gc(h->L, LUA_GCCOLLECT);
  return h->memory + LINE_ROOM > cap ? h->memory + LINE_ROOM : cap;
}

/* What compiling the scripts left goes when a state first waits: several begin at the same time, and make the peak. */
static void settle(host *h) {
  if (h->settled) return;
  h->settled = true;
  lua_gc(h->L, LUA_GCCOLLECT);
}

/* The one place that resumes. */
static void resume(task *t) {
  host *h = t->owner;
  int nargs = t->nargs, results = 0;
  size_t cap = h->memory_cap;
  t->nargs = 0;
  h->running = t;
  if (t == h->runtime->loop.prompt && cap) h->memory_cap = cap + PROMPT_ROOM;
  mind_signals(t, t->thread);
  int status = lua_resume(t->thread, NULL, nargs, &results);
  signals_stop(NULL, NULL);
  h->memory_cap = cap_of(t, cap);
  h->running = NULL;
  if (status == LUA_YIELD) {
    settle(h);
    return;
  }
  t->state = TASK_DONE;
  t->results = results;
  if (status != LUA_OK) keep_error(t);
  delist(t);
  if (t->joiner) task_wake(t->joiner);
  anchor(h->L, t, false);
}

/* A task that ends may take others with it (its host is closed), so each time the list is read from its head. */
static task *next_ready(const runtime *r) {
  for (task *t = r->loop.tasks; t; t = t->next)
    if (t->state == TASK_READY) return t;
  return NULL;
}

static bool nobody_reads(const runtime *r) {
  return airbyte_broken(r->airbyte) || r->console.error;
}

static void resume_ready(runtime *r) {
  task *t;
  while (!signals_pending() && !nobody_reads(r) && (t = next_ready(r))) resume(t);
}

static int64_t earliest_timer(const runtime *r) {
  int64_t earliest = INT64_MAX;
  for (const task *t = r->loop.tasks; t; t = t->next)
    if (t->state == TASK_WAITING && t->wake && t->wake < earliest) earliest = t->wake;
  return earliest;
}

/* Wakes what is due first: what is due later goes on after it, however late we are. Returns how long to sleep, in ms.
 */
static int64_t wake_due(const runtime *r) {
  int64_t now = timeline_ticks(&r->time), due = earliest_timer(r), wait = NO_TIMER;
  if (due != INT64_MAX && due > now && due - now < wait) wait = due - now;
  for (task *t = r->loop.tasks; t; t = t->next) {
    if (t->state == TASK_WAITING && t->wake == due && due <= now) task_wake(t);
    if (t->state == TASK_READY) wait = 0;
  }
  return wait;
}

/* Starts what the governor allows, and says how long nothing will have to be done but to wait for answers. */
static int64_t next_wait(const runtime *r) {
  int64_t wait = wake_due(r), drawing = progress_interval(r->progress);
  int64_t now = timeline_ticks(&r->time), paced = r->scheduler ? scheduler_step(r->scheduler, now) : INT64_MAX;
  if (paced != INT64_MAX && paced - now < wait) wait = paced > now ? paced - now : 0;
  if (wait > 0) airbyte_flush(r->airbyte); /* what was said is seen before we wait */
  return drawing && drawing < wait ? drawing : wait;
}

/*
 * On a replay answers come at once, so where nothing but timers is waited for, the clock is moved in place of waiting.
 * What is outside of the recording takes its time, and the clock goes on with it; but not for other processes, which
 * have the same clock, so that it tells the same tomorrow.
 */
static void wait_on_replay(runtime *r, int64_t wait, struct curl_waitfd *also, unsigned count) {
  bool others = watch_busy(r->loop.watches), idle = wait > 0 && !others && http_idle(r->http);
  bool outside = wait == NO_TIMER;
  int64_t before = clock_ticks();
  http_step(r->http, others || (idle && outside) ? wait : 0, also, count);
  if (idle) timeline_pass(&r->time, outside ? clock_ticks() - before : wait);
}

static void wait(runtime *r) {
  struct curl_waitfd also[WATCH_MOST + 1] = {{.fd = signals_descriptor(), .events = CURL_WAIT_POLLIN}};
  unsigned count = 1 + watch_fill(r->loop.watches, also + 1);
  int64_t longest = next_wait(r);
  if (r->time.fixed)
    wait_on_replay(r, longest, also, count);
  else
    http_step(r->http, count > 1 && longest > WATCH_TICK ? WATCH_TICK : longest, also, count);
  watch_run(&r->loop.watches);
}

bool loop_run(runtime *r, task *until) {
  while (until->state != TASK_DONE) {
    resume_ready(r);
    progress_show(r->progress, http_received(r->http));
    if (r->loop.prompt && signals_take(SIGINT)) {
      interrupt_tasks(r);
      continue;
    }
    if ((r->loop.stopped = signals_pending()) || nobody_reads(r)) return false;
    if (until->state == TASK_DONE) break;
    wait(r);
  }
  return true;
}
