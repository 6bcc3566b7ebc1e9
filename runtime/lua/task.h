/*
 * A task: a Lua coroutine that the runtime resumes. A function in C that waits suspends the running task and names what
 * is to go on; whoever has what it waits for wakes it. To its script the call looks as any other.
 *
 * A task belongs to one host and stays, with its results, as long as its userdata; until it is done the registry holds
 * it. States follow in this order: ready, (waiting, ready)…, done. One task runs at a time.
 */
#ifndef PERIGEE_TASK_H
#define PERIGEE_TASK_H

#include "lua/host.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum task_state { TASK_READY, TASK_WAITING, TASK_DONE } task_state;

struct task {
  host *owner;
  lua_State *thread;
  task_state state;
  bool failed;        /* done, by an error: its message with a traceback is on top of the thread's stack */
  int nargs;          /* for the first resume */
  int results;        /* when done: how many lie on top of the thread's stack */
  int64_t wake;       /* while it waits, in ticks of the runtime's time; 0: no timer */
  lua_KFunction then; /* while it waits: what goes on */
  bool interrupted;   /* by SIGINT: from now on it does nothing but raise */
  task *joiner;       /* who waits for its end; of any host. NULL: nobody */
  task *next, *previous;
};

#define TASK_TYPE "perigee.task"

/* Pushes the metatable of tasks; with `methods`, these are its methods from now on. */
void task_type(lua_State *L, const luaL_Reg *methods);

/*
 * Makes a task of the function and `nargs` arguments on top of L's stack, which it takes; pushes it as a userdata. It
 * runs when the running task waits or ends. Raises when memory is short.
 */
task *task_new(lua_State *L, int nargs);

/*
 * Makes a host's first task: it runs the chunk (Lua text) with two arguments, a name and a text. NULL: the reason is on
 * top of the stack of h->L. The task and its results stay until the host is freed. Raises nothing.
 */
task *task_start(host *h, const char *chunk, const char *name, const char *text, size_t length);
#define TASK_RUN_SCRIPT "local name, text = ... return require(name)(text)"

/*
 * The running task, for functions that wait. Raises where nothing can wait: outside of a task, in a coroutine of
 * the script's own, in a sort comparator, a gsub callback or a metamethod.
 */
task *task_current(lua_State *L);

/*
 * Suspends the running task until task_wake or, with `wake` above 0, that tick. Call as `return task_wait(…)`. `then`
 * gets the status LUA_YIELD; or LUA_ERRRUN, to let go of what was waited for: the task was interrupted, which is raised
 * next.
 */
int task_wait(lua_State *L, task *t, int64_t wake, lua_KContext context, lua_KFunction then);

/* Makes a waiting task ready; any other stays as it is. */
void task_wake(task *t);

/* Runs a ready task until it waits or is done; then whoever joined it is woken. */
void task_resume(task *t);

/* Interrupts all tasks of the prompt's host but the prompt's own: Ctrl-C. */
void task_interrupt_all(const runtime *r);

/* A result of a done task, counted from the last (1): a string, which stays with its thread; NULL: of another type. */
const char *task_text(const task *t, int from_last, size_t *length);

#endif
