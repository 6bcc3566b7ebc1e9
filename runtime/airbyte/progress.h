/* The progress of a read, for a person at a terminal: one line on standard error, redrawn. */
#ifndef PERIGEE_PROGRESS_H
#define PERIGEE_PROGRESS_H

#include "airbyte/sink.h"

#include <stdint.h>

typedef struct progress progress;

/* NULL, on which all calls do nothing: standard error is no terminal, or memory is short. */
progress *progress_new(const sink *source);

/* Tells of another sink's streams from now on; the line is cleared until it is drawn again. */
void progress_follow(progress *p, const sink *source);

/* Redraws, when it is time to. `received` is the count of body bytes so far. */
void progress_show(progress *p, uint64_t received);

/* Shows the reason of a wait (cut to one line) until the tick `until`. */
void progress_waiting(progress *p, const char *what, int64_t until);

/* Milliseconds between two drawings; 0: none. */
int64_t progress_interval(const progress *p);

/* Clears the line. NULL is allowed. */
void progress_free(progress *p);

#endif
