/*
 * The one event loop of a process: it runs the tasks that are ready, then waits for transfers, timers, descriptors of
 * child processes and signals, and wakes whose turn it is.
 */
#ifndef PERIGEE_LOOP_H
#define PERIGEE_LOOP_H

#include "lua/task.h"

#include <stdbool.h>

/*
 * Runs until this task is done: true. False: a signal came (r->loop.stopped), or nobody reads our output any more. A
 * failed task is done, too. Raises nothing.
 */
bool loop_run(runtime *r, task *until);

#endif
