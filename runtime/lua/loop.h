/*
 * The one event loop: tasks are Lua coroutines that wait for answers, for times and for each other, and look
 * synchronous to their scripts. One function resumes them (in loop.c).
 */
#ifndef PERIGEE_LOOP_H
#define PERIGEE_LOOP_H

#include "base/watch.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct host host;
typedef struct runtime runtime; /* runtime.h */
typedef struct task task;

/* What waits, and for what. */
typedef struct loop {
  task *tasks; /* all that are not done */
  watch *watches;
  task *prompt; /* of a person who types: SIGINT interrupts the other tasks of its host, and ends nothing. Or NULL */
  int stopped;  /* the signal that ended it, or 0 */
} loop;

typedef enum task_state { TASK_READY, TASK_WAITING, TASK_DONE } task_state;

struct task {
  host *owner;
  lua_State *thread;
  task_state state;
  bool failed;        /* done, by an error: its message with a traceback is on top of the thread's stack */
  int nargs;          /* for the first resume */
  int results;        /* when done: how many lie on top of the thread's stack */
  int64_t wake;       /* clock_ticks; 0: no timer */
  lua_KFunction then; /* while it waits: what goes on */
  bool interrupted;   /* by SIGINT: from now on it does nothing but raise */
  task *joiner;       /* who waits for it; of any host */
  task *next, *previous;
};

#define TASK_TYPE "perigee.task"
extern const luaL_Reg task_methods[]; /* loop_lua.c */

/* Makes a task of the function and `nargs` arguments on top of L's stack, which it takes; pushes it as a userdata. */
task *task_new(lua_State *L, int nargs);

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
void task_wake(task *t);

/* A result of a task that is done, counted from the last (1): a string, which stays with its thread; NULL for all else.
 */
const char *task_text(const task *t, int from_last, size_t *length);

/* Runs until this task is done, a signal comes, or nobody reads our output any more. True: the task is done. */
bool loop_run(runtime *r, task *until);

#endif
