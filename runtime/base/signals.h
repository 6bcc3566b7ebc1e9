/* SIGINT and SIGTERM, noted for the loop to see; SIGPIPE ignored, so that a closed output is an error of write. */
#ifndef PERIGEE_SIGNALS_H
#define PERIGEE_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

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

/*
 * From now on what runs between two calls of signals_stop may take this much processor time, in ms: then `how` is
 * called, once for all (it must stop all that runs afterwards, too). What runs on for as long again (a
 * second at most) nevertheless ends this process, with the status SIGNALS_OVERTIME. False: the system refuses (errno).
 */
bool signals_limit(int64_t ms);
bool signals_overtime(void); /* that has come to pass */
#define SIGNALS_OVERTIME 113

/* Can be read once a signal came: ends a poll. -1 before signals_install. */
int signals_descriptor(void);

/* Ends this process as that signal would: the parent sees the signal; as process 1 of a container, 128 + its number. */
_Noreturn void signals_exit(int number);

#endif
