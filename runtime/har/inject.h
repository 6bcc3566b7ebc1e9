/*
 * Faults injected into the responses of a replay (har/fault.h), to try what a script makes of them. A request that met
 * a fault is answered from the recording when it is made again.
 */
#ifndef PERIGEE_HAR_INJECT_H
#define PERIGEE_HAR_INJECT_H

#include "har/reader.h"

typedef struct har_inject har_inject;

/*
 * `faults`, as users write them, ends with NULL and outlives it. The N-th page of a stream is requested when N - 1 of
 * its requests have been answered. NULL: `why` says what is wrong. Freed by har_inject_free.
 */
har_inject *har_inject_new(const char *const *faults, bytes *why);
void har_inject_free(har_inject *i);

/* Begins anew: no request was made, and every fault is to come. */
void har_inject_rewind(har_inject *i);

/* Responds with a fault; or as har_reader_respond does, and returns what that returns. */
int64_t har_inject_respond(har_inject *i, har_reader *r, http_exchange *x);

/* The text of the first fault that no request met, for a warning; NULL: all were met. Appends the names of the streams
 * that made requests to `streams`. */
const char *har_inject_idle(const har_inject *i, bytes *streams);

#endif
