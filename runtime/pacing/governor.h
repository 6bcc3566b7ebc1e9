/*
 * How fast each endpoint may be asked: learnt from what its answers say, shared by all streams. It paces before a limit
 * is met, uses what is allowed, and yields to others who share the quota. It knows no server's headers by itself.
 */
#ifndef PERIGEE_GOVERNOR_H
#define PERIGEE_GOVERNOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct governor governor;
typedef struct endpoint endpoint;

/* At most `most` requests at once, over all endpoints. NULL: memory is short. */
governor *governor_new(unsigned most);
void governor_free(governor *g);
void governor_allow(governor *g, unsigned most);

/* The endpoint of this origin, method and name; made at the first call; lives as long as the governor. NULL: no memory.
 */
endpoint *governor_endpoint(governor *g, const char *origin, const char *method, const char *name);

/*
 * May a request go out now? 0: yes, and it counts as sent. Else the tick at which to ask again, or INT64_MAX: when
 * another request has ended. `limited`: it waits for the end of a window, which is worth telling.
 */
int64_t governor_ask(endpoint *e, int64_t now, bool *limited);

/* How many of its requests are under way. */
unsigned governor_in_flight(const endpoint *e);

/* How many requests governor_ask would let out now, one after the other; and at once at the most, as far as is known.
 */
unsigned governor_slots(endpoint *e, int64_t now, unsigned *most);

/* What an answer said; -1: it did not. Times are clock_ticks: `reset` is when the window ends. */
typedef struct governor_reading {
  long limit, remaining;
  long concurrent_limit;
  int64_t reset;
  bool overloaded; /* 429, 503 or a timeout: the server wants less */
} governor_reading;

/* A request that governor_ask let out has ended: with an answer, or (NULL) without one. */
void governor_done(endpoint *e, const governor_reading *reading, int64_t now);

#endif
