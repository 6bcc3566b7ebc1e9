/*
 * What a run records, or replays, of its exchanges: a file being written, or one that answers in place of the network,
 * with the run's clock fixed by it.
 */
#ifndef PERIGEE_RECORDING_H
#define PERIGEE_RECORDING_H

#include "base/timeline.h"
#include "http/http.h"
#include "http/secrets.h"

typedef struct recording recording;

/*
 * `faults` ends with NULL and outlives it, as do the others. NULL: `why` says what is wrong, with a fault or because
 * memory is short.
 */
recording *recording_new(http *h, const secrets *store, timeline *time, const char *const *faults, bytes *why);

/*
 * From now on writes all exchanges to a file, or answers them from one; what was done before ends. NULL for a path only
 * ends it: back to the network, or no file is written any more. False: `why` says what is wrong, also with what ended;
 * a replay goes on as it was.
 */
bool recording_record(recording *r, const char *path, bytes *why);
bool recording_replay(recording *r, const char *path, bytes *why);

/* Is anything recorded or replayed? */
bool recording_is_on(const recording *r);

/* The URL of the first exchange that is replayed; NULL: there is none. Stays with it. */
const char *recording_first_url(const recording *r);

/* A fault that never struck, and the streams that asked (appended to `asked`); NULL: all did. */
const char *recording_idle_fault(const recording *r, bytes *asked);

/* Ends both. NULL is allowed. False: something was not written; `why` says what. */
bool recording_free(recording *r, bytes *why);

#endif
