/* What a person at a terminal sees of a read: one line on standard error, redrawn. Nothing when that is no terminal. */
#ifndef PERIGEE_PROGRESS_H
#define PERIGEE_PROGRESS_H

#include "airbyte/sink.h"

#include <stdint.h>

typedef struct progress progress;

/* NULL, on which all calls do nothing: standard error is no terminal, or memory is short. */
progress *progress_new(const sink *source);

/* Redraws, when it is time to. `received` is the count of body bytes so far. */
void progress_show(progress *p, uint64_t received);

/* What is being waited for (cut to one line), shown until the tick `until`. */
void progress_waiting(progress *p, const char *what, int64_t until);

/* Milliseconds between two drawings; 0: none. */
int64_t progress_interval(const progress *p);

/* Clears the line. NULL is allowed. */
void progress_free(progress *p);

#endif
