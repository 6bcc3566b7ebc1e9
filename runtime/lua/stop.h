/*
 * How a script that runs is stopped from outside: by a signal, by its limit of time, or by Ctrl-C at a prompt. From
 * then on every instruction raises, so that no pcall of the script holds it.
 */
#ifndef PERIGEE_STOP_H
#define PERIGEE_STOP_H

#include "lua/host.h"

#include <lua.h>

typedef enum stop_way {
  STOP_NEVER,     /* it looks for signals itself */
  STOP_ENDS,      /* a signal or the limit of time ends it and its state, for good */
  STOP_INTERRUPTS /* a signal has it raise "interrupted"; its state goes on, and takes as much time as its person likes
                   */
} stop_way;

#define STOP_MAIN_TIME 30000 /* ms that scripts in the main process may run without waiting */

/*
 * For a host of the main process: makes what is said where its script runs too long and cannot be stopped, as then the
 * process ends. `about`: what it is, for people, such as "the script of the stream 'events'". False: memory is short.
 */
bool stop_prepare(host *h, const char *about);

/* Until the next call, signals and the limit of time stop this thread; at once if one came already. NULL: none. */
void stop_arm(lua_State *thread, stop_way way);

/* Has this thread raise "interrupted" as soon as it runs. */
void stop_interrupt(lua_State *thread);

/* Takes the stop off a thread whose state goes on. */
void stop_disarm(lua_State *thread);

#endif
