/*
 * How fast each endpoint may be sent requests: learnt from what its responses say, shared by all streams. It paces
 * before a limit is met, uses what is allowed, and yields to others who share the limit. All that is known of limits is
 * held here, and no server's headers are (rate_headers.h).
 */
#ifndef PERIGEE_GOVERNOR_H
#define PERIGEE_GOVERNOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GOVERNOR_LONGEST_WINDOW 3600000 /* ms: an end further off is a mistake, which would have us wait in silence */

typedef struct governor governor;
typedef struct endpoint endpoint;

/* At most `max` requests at once, over all endpoints. NULL: memory is short. */
governor *governor_new(unsigned max);
void governor_free(governor *g);
void governor_set_max(governor *g, unsigned max);

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

/* The limits in a response; -1: not there. Times are clock_ticks: `reset` is when the window ends. */
typedef struct governor_reading {
  long limit, remaining;
  long concurrent_limit;
  int64_t reset;
  bool overloaded; /* the server refused, or did not keep up: it wants less */
} governor_reading;

/* An admitted request has ended: with a response, or (NULL) without one. */
void governor_done(endpoint *e, const governor_reading *reading, int64_t now);

#endif
