/* SIGINT and SIGTERM, noted for the loop to see; SIGPIPE ignored, so that a closed output is an error of write. */
#ifndef PERIGEE_SIGNALS_H
#define PERIGEE_SIGNALS_H

#include <stdbool.h>

/* False: the system refuses (errno). */
bool signals_install(void);

/* The signal that came, or 0. */
int signals_pending(void);

/* Forgets that signal, where it is the one that came, so that the next one is seen. Returns whether it was. */
bool signals_take(int number);

/*
 * What a signal is to stop besides, and how: called by the handler, or at once when a signal came already. NULL:
 * nothing.
 */
void signals_stop(void (*how)(void *), void *what);

/* Can be read once a signal came: ends a poll. -1 before signals_install. */
int signals_descriptor(void);

/* Ends this process as that signal would: the parent sees the signal; as process 1 of a container, 128 + its number. */
_Noreturn void signals_exit(int number);

#endif
