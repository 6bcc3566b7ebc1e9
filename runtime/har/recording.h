/*
 * What a run records, or replays, of its exchanges: a file being written, or one that responds in place of the network,
 * with the run's clock fixed by it.
 */
#ifndef PERIGEE_HAR_RECORDING_H
#define PERIGEE_HAR_RECORDING_H

#include "base/timeline.h"
#include "http/http.h"
#include "secrets/secrets.h"

typedef struct recording recording;

/*
 * `faults`, as users write them (har/fault.h), ends with NULL and outlives it, as do the others. NULL: `why` says what
 * is wrong with one, or that memory is short. Freed by recording_free.
 */
recording *recording_new(http *h, const secrets *store, timeline *time, const char *const *faults, bytes *why);

/*
 * From now on writes all exchanges to a file, or answers them from one; what was done before ends. NULL for a path only
 * ends it: back to the network, or no file is written any more. False: `why` says what is wrong, also with what ended;
 * a replay goes on as it was.
 */
bool recording_record(recording *r, const char *path, bytes *why);
bool recording_replay(recording *r, const char *path, bytes *why);

/* Answers them from the text of a recording. */
bool recording_replay_text(recording *r, const char *text, size_t length, bytes *why);

/*
 * From now on also masks these members of JSON bodies in what is written (har/redact.h): secrets by names that an API
 * alone has. False: memory is short.
 */
bool recording_redact(recording *r, const char *member);

/* Is anything recorded or replayed? */
bool recording_is_on(const recording *r);

/* Do responses come from a recording? */
bool recording_is_replayed(const recording *r);

/* The URL of the first exchange that is replayed; NULL: there is none. Stays with it. */
const char *recording_first_url(const recording *r);

/* A fault that no request met; NULL: there is none. Appends the names of the streams that made requests. */
const char *recording_idle_fault(const recording *r, bytes *streams);

/* Ends both. NULL is allowed. False: something was not written; `why` says what. */
bool recording_free(recording *r, bytes *why);

#endif
