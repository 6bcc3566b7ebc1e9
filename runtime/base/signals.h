/* SIGINT and SIGTERM, noted for the loop to see; SIGPIPE ignored, so that a closed output is an error of write. */
#ifndef PERIGEE_SIGNALS_H
#define PERIGEE_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From now on they are noted; a second SIGTERM ends the process at once. SIGCHLD is not ignored any more either. False:
 * the system refuses (errno). */
bool signals_install(void);

/* The signal that came, or 0; SIGTERM where both did. */
int signals_pending(void);

/* Forgets `number` where it is pending, so that the next one is seen. Returns whether it was. */
bool signals_take(int number);

/* What limit of processor time holds (signals_limit). */
typedef enum signals_time {
  SIGNALS_UNLIMITED,
  SIGNALS_LIMITED,
  SIGNALS_OVER /* it was reached before by the same script: `how` is called at once, and the grace begins */
} signals_time;

/*
 * The next signal also calls `how` with `what`, inside of its handler; at once where one is pending. So does the limit
 * of time. Until the next call of this function, which replaces all of it. NULL: nothing is called.
 */
void signals_stop(void (*how)(void *), void *what, signals_time time);

/*
 * Limits the processor time, in ms, between two calls of signals_stop. Beyond it `how` is called, once. After the same
 * time again, a second at most, the process ends: with its last words where there are any, else with SIGNALS_OVERTIME.
 * False: the system refuses (errno).
 */
bool signals_limit(int64_t ms);
bool signals_overtime(void); /* Was the limit reached since signals_stop? */
#define SIGNALS_OVERTIME 113

/* Between the two the limit does not hold: for work in C that takes as long as there is data. */
void signals_pause(void);
void signals_go_on(void);

/* What is written, before EXIT_FAILURE, where the limit ends the process: nothing can be made of text by then. */
typedef struct signals_words {
  int descriptor; /* for `line`; -1: there is none */
  const char *line;
  size_t length;
  const char *plain; /* for standard error */
  size_t plain_length;
} signals_words;

/* Until the next call. NULL: none. */
void signals_last_words(const signals_words *words);

/* Waits for so many ms, or until a signal comes. False: one did. */
bool signals_wait(int64_t ms);

/* A descriptor that can be read once a signal came, for polls. -1 before signals_install. */
int signals_descriptor(void);

/* Ends this process by that signal, as the parent sees it. Process 1 of a container exits with 128 + its number. */
_Noreturn void signals_exit(int number);

#endif
