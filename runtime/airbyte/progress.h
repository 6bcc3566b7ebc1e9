/* The progress of a read, for a person at a terminal: a line for each stream on standard error, drawn anew. */
#ifndef PERIGEE_PROGRESS_H
#define PERIGEE_PROGRESS_H

#include "airbyte/sink.h"

#include <stdint.h>

typedef struct progress progress;

/* NULL, on which all calls do nothing: nothing can be drawn on standard error, or memory is short. */
progress *progress_new(const sink *source);

/* Tells of another sink's streams from now on, which outlive it or the next such call; the lines are cleared until they
 * are drawn again. */
void progress_follow(progress *p, const sink *source);

/* Redraws, when it is time to. */
void progress_show(progress *p);

/* Shows why a stream (NULL: none in particular) waits, until the tick `until`. The reason is copied. */
void progress_waiting(progress *p, const sink_stream *s, const char *why, int64_t until);

/* Milliseconds between two drawings; 0: none. */
int64_t progress_interval(const progress *p);

/* Clears the lines. NULL is allowed. */
void progress_free(progress *p);

#endif
