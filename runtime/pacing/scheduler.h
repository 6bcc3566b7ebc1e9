/*
 * Requests that are sent when the governor allows it: first come first served within an endpoint, and among endpoints
 * the one with the fewest under way.
 */
#ifndef PERIGEE_SCHEDULER_H
#define PERIGEE_SCHEDULER_H

#include "base/timeline.h"
#include "http/http_exchange.h"
#include "pacing/rate_headers.h"

typedef struct scheduler scheduler;

/*
 * At most `max` requests at once, over all endpoints. `time` and `headers`, by which each origin tells its limits,
 * outlive it; all ticks are `time`'s. NULL: memory is short.
 */
scheduler *scheduler_new(unsigned max, const timeline *time, rate_headers **headers);
void scheduler_free(scheduler *s); /* exchanges that still wait are never started */
void scheduler_set_max(scheduler *s, unsigned max);

/* rate_headers_set and rate_headers_has, of its list. */
bool scheduler_set_headers(scheduler *s, const char *url, const char *const names[RATE_HEADERS]);
bool scheduler_has_headers(const scheduler *s, const char *url);

/* governor_tell, for a URL's origin. False: it is no URL, or memory is short. */
bool scheduler_tell(scheduler *s, const char *url, unsigned share, const char *const *own);

/*
 * Queues an exchange, whose on_done and owner are set, to be started when its endpoint has a free slot. `on_wait` (may
 * be NULL) is called once when it waits for a window's end that is SCHEDULER_LONG_WAIT off or more, with that tick.
 * False: memory is short, and the exchange is as it was.
 */
bool scheduler_start(scheduler *s, http_exchange *x, const char *name,
                     void (*on_wait)(http_exchange *x, int64_t until));
#define SCHEDULER_LONG_WAIT 1000 /* ms */

/*
 * How many requests of this method to this endpoint could start now, and, in `max`, how many at once at the most, as
 * far as is known. None where others are queued.
 */
unsigned scheduler_slots(scheduler *s, const char *url, const char *method, const char *name, int64_t now,
                         unsigned *max);

/* Starts what may start. Returns the tick at which to call it again, or INT64_MAX: when an exchange has ended. */
int64_t scheduler_step(scheduler *s, int64_t now);

#endif
