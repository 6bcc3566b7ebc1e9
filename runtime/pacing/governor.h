/*
 * How fast each endpoint may be sent requests: learnt from what its responses say, shared by all streams. It paces
 * before a limit is met, uses what is allowed, and yields to others who share the limit (bucket.h); which endpoints
 * count in one is learnt, too (sharing.h). All that is known of limits is held here, and no server's headers are
 * (rate_headers.h).
 */
#ifndef PERIGEE_GOVERNOR_H
#define PERIGEE_GOVERNOR_H

#include "pacing/bucket.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct governor governor;
typedef struct endpoint endpoint;

/* At most `max` requests at once, over all endpoints. NULL: memory is short. */
governor *governor_new(unsigned max);
void governor_free(governor *g);
void governor_set_max(governor *g, unsigned max);

/*
 * Tells what is known of an origin's limits before its responses say it. `share`: how much of each is ours, in
 * thousandths (BUCKET_WHOLE). `own`: names of endpoints, in which * stands for one part between slashes, that have
 * limits of their own; all others count in one. NULL: each endpoint has its own. False: memory is short.
 */
bool governor_tell(governor *g, const char *origin, unsigned share, const char *const *own);

/* The endpoint of this origin, method and name; made at the first call; lives as long as the governor. NULL: no memory.
 */
endpoint *governor_endpoint(governor *g, const char *origin, const char *method, const char *name);

/*
 * Admits one more request, which then counts as sent: 0. Else the tick at which it may be admitted, or INT64_MAX: when
 * another request has ended. `limited`: it waits for the end of a window.
 */
int64_t governor_admit(endpoint *e, int64_t now, bool *limited);

/* How many of its requests are under way. */
unsigned governor_in_flight(const endpoint *e);

/* How many requests governor_admit would admit now, and in `max` how many at once at the most, as far as is known. */
unsigned governor_slots(endpoint *e, int64_t now, unsigned *max);

/* An admitted request has ended: with a response, or (NULL) without one. `sent`: the tick at which it was admitted. */
void governor_done(endpoint *e, const limit_reading *reading, int64_t sent, int64_t now);

#endif
