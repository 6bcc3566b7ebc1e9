/* The environment, which may hold secrets: hidden from other processes, and read as a configuration. */
#ifndef PERIGEE_ENVIRONMENT_H
#define PERIGEE_ENVIRONMENT_H

#include "base/bytes.h"

/*
 * Moves the environment to memory of our own, and overwrites the block that the process was started with: that one
 * shows in /proc/PID/environ for as long as the process runs. For main alone, before there is another thread. False:
 * memory is short; nothing has changed.
 */
bool environment_hide(void);

/* In a child: overwrites what environment_hide moved, and leaves no variable. */
void environment_forget(void);

/*
 * Adds a variable's value to the JSON object in `object` (empty: `{}`) as the member `field`, unless it is unset or
 * empty, and takes it out of the environment. False: memory is short; the variable is gone all the same.
 */
bool environment_take(bytes *object, const char *field, const char *variable);

#endif
