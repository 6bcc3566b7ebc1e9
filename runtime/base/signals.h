/* SIGINT and SIGTERM, noted for the loop to see; SIGPIPE ignored, so that a closed output is an error of write. */
#ifndef PERIGEE_SIGNALS_H
#define PERIGEE_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

/* From now on they are noted; a second SIGTERM ends the process at once. SIGCHLD is not ignored any more either. False:
 * the system refuses (errno). */
bool signals_install(void);

/* The signal that came, or 0; SIGTERM where both did. */
int signals_pending(void);

/* Forgets `number` where it is pending, so that the next one is seen. Returns whether it was. */
bool signals_take(int number);

/*
 * The next signal also calls `how` with `what`, inside of its handler; at once where one is pending. Until the next
 * call of this function, which replaces both. NULL: nothing is called.
 */
void signals_stop(void (*how)(void *), void *what);

/*
 * Limits the processor time, in ms, between two calls of signals_stop. Beyond it `how` is called, once: it must stop
 * all that runs later, too. After the same time again, a second at most, the process ends with SIGNALS_OVERTIME.
 * False: the system refuses (errno).
 */
bool signals_limit(int64_t ms);
bool signals_overtime(void); /* Was the limit reached? */
#define SIGNALS_OVERTIME 113

/* A descriptor that can be read once a signal came, for polls. -1 before signals_install. */
int signals_descriptor(void);

/* Ends this process by that signal, as the parent sees it. Process 1 of a container exits with 128 + its number. */
_Noreturn void signals_exit(int number);

#endif
