/*
 * How a script that runs is stopped from outside: by a signal, by its limit of time, or by Ctrl-C at a prompt. From
 * then on every instruction raises, so that no pcall of the script holds it.
 */
#ifndef PERIGEE_STOP_H
#define PERIGEE_STOP_H

#include <lua.h>

typedef enum stop_way {
  STOP_NEVER,     /* it looks for signals itself */
  STOP_ENDS,      /* a signal or the limit of time ends it, for good */
  STOP_INTERRUPTS /* a signal has it raise "interrupted"; its state goes on */
} stop_way;

/* Until the next call, signals and the limit of time stop this thread; at once if one came already. NULL: none. */
void stop_arm(lua_State *thread, stop_way way);

/* Has this thread raise "interrupted" as soon as it runs. */
void stop_interrupt(lua_State *thread);

/* Takes the stop off a thread whose state goes on. */
void stop_disarm(lua_State *thread);

#endif
