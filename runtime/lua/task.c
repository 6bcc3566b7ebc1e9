#include "lua/task.h"

#include "lua/failure.h"
#include "lua/glue.h"
#include "lua/stop.h"

#include <lauxlib.h>
#include <string.h>

#define PROMPT_EXTRA ((size_t)16 << 20) /* bytes that the prompt's own task may use above its host's cap */
#define LINE_EXTRA ((size_t)1 << 20)    /* bytes that the tasks of a prompt may use in any case */

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

/* The first task comes before the module that has the methods. */
void task_type(lua_State *L, const luaL_Reg *methods) {
  glue_type(L, TASK_TYPE, NULL, collect_task);
  if (!methods) return;
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
}

task *task_new(lua_State *L, int nargs) {
  task *t = lua_newuserdatauv(L, sizeof *t, 1);
  memset(t, 0, sizeof *t);
  task_type(L, NULL);
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

/* What a host is started with; not on its stack yet, for pushing may raise. */
typedef struct start_up {
  const char *chunk, *name, *text;
  size_t length;
} start_up;

/* Runs in the host, protected. The task is pinned, so that its results outlive its end. */
static int start(lua_State *L) {
  const start_up *with = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (luaL_loadbufferx(L, with->chunk, strlen(with->chunk), "=start", "t") != LUA_OK) return lua_error(L);
  lua_pushstring(L, with->name);
  lua_pushlstring(L, with->text, with->length);
  task *t = task_new(L, 2);
  lua_setfield(L, LUA_REGISTRYINDEX, "perigee.main");
  lua_pushlightuserdata(L, t);
  return 1;
}

task *task_start(host *h, const char *chunk, const char *name, const char *text, size_t length) {
  start_up with = {chunk, name, text, length};
  lua_pushcfunction(h->L, start);
  lua_pushlightuserdata(h->L, &with);
  return host_call(h->L, 1, 1) ? lua_touserdata(h->L, -1) : NULL;
}

/* ---- stopping it */

static bool is_interruptible(const task *t) {
  const task *prompt = t->owner->runtime->loop.prompt;
  return prompt && t != prompt && t->owner == prompt->owner;
}

void task_interrupt_all(const runtime *r) {
  for (task *t = r->loop.tasks; t; t = t->next) {
    if (!is_interruptible(t)) continue;
    t->interrupted = true;
    stop_interrupt(t->thread);
    task_wake(t);
  }
}

static stop_way way_of(const task *t) {
  if (t == t->owner->runtime->loop.prompt) return STOP_NEVER;
  return is_interruptible(t) ? STOP_INTERRUPTS : STOP_ENDS;
}

/* ---- running it */

/*
 * A prompt has memory above its person's tasks, and these have some in any case: `t = nil` must run where t fills
 * memory.
 */
static size_t cap_after(const task *t, size_t cap) {
  host *h = t->owner;
  if (t != h->runtime->loop.prompt || !cap) return cap;
  if (h->memory + LINE_EXTRA > cap) lua_gc(h->L, LUA_GCCOLLECT);
  return h->memory + LINE_EXTRA > cap ? h->memory + LINE_EXTRA : cap;
}

/* What compiling the scripts left goes when a state first waits: several begin at the same time, and make the peak. */
static void collect_at_first_wait(host *h) {
  if (h->has_waited) return;
  h->has_waited = true;
  if (h->is_last) bytecode_free(&h->runtime->bytecode);
  lua_gc(h->L, LUA_GCCOLLECT);
}

static void finish(task *t, int status, int results) {
  t->state = TASK_DONE;
  t->results = results;
  if (status != LUA_OK) {
    failure_keep(t->owner, t->thread, way_of(t));
    t->failed = true;
    t->results = 1;
  }
  delist(t);
  if (t->joiner) task_wake(t->joiner);
  anchor(t->owner->L, t, false);
}

void task_resume(task *t) {
  host *h = t->owner;
  int nargs = t->nargs, results = 0;
  size_t cap = h->memory_cap;
  t->nargs = 0;
  h->running = t;
  if (h->runtime->options->collect_always) lua_gc(h->L, LUA_GCCOLLECT);
  if (t == h->runtime->loop.prompt && cap) h->memory_cap = cap + PROMPT_EXTRA;
  stop_arm(t->thread, way_of(t));
  int status = lua_resume(t->thread, NULL, nargs, &results);
  stop_arm(NULL, STOP_NEVER);
  h->memory_cap = cap_after(t, cap);
  h->running = NULL;
  if (status == LUA_YIELD)
    collect_at_first_wait(h);
  else
    finish(t, status, results);
}
