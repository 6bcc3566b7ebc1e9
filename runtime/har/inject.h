/*
 * Faults that strike answers of a replay, to try what a script makes of them: `issues:page=2:status=429`. The request
 * they struck is answered from the recording when it is made again.
 */
#ifndef PERIGEE_INJECT_H
#define PERIGEE_INJECT_H

#include "har/har.h"

typedef struct faults faults;

/*
 * Reads STREAM:page=N:times=N:KIND, of which page and times may be absent (1), and STREAM `*`, for each stream by
 * itself. The N-th page of a stream is asked for when N - 1 of its requests have been answered. `specs` ends with NULL
 * and outlives it. NULL: `why` says what is wrong, and which kinds there are.
 */
faults *faults_new(const char *const *specs, bytes *why);
void faults_free(faults *f);

/* Begins anew: no request was made, and every fault is to come. */
void faults_rewind(faults *f);

/* Answers as har_answer does and returns what it returns; or strikes. */
int64_t faults_answer(faults *f, har_reader *r, http_exchange *x);

/* The first one that has struck nothing, for a warning; NULL: all have. `asked`: the streams that asked. */
const char *faults_idle(const faults *f, bytes *asked);

/* Lists the kinds, so many a line (0: all). False: memory is short. */
bool faults_kinds(bytes *out, size_t a_line);

#endif
