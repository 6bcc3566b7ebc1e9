/*
 * Exchanges that are started when the governor allows it: first come first served within an endpoint, and among
 * endpoints the one with the fewest under way.
 */
#ifndef PERIGEE_SCHEDULER_H
#define PERIGEE_SCHEDULER_H

#include "base/timeline.h"
#include "http/http.h"
#include "pacing/governor.h"
#include "pacing/rate_headers.h"

typedef struct scheduler scheduler;

/* `most` requests at once, over all endpoints. `time` outlives it; all ticks are its. NULL: memory is short. */
scheduler *scheduler_new(unsigned most, const timeline *time);
void scheduler_free(scheduler *p); /* exchanges that still wait are never started */
void scheduler_allow(scheduler *p, unsigned most);

/* Says by which headers an origin tells its limits. False: memory is short, or `url` is none. */
bool scheduler_headers(scheduler *p, const char *url, const char *const names[RATE_HEADERS]);

/* Was it said for this URL's origin? */
bool scheduler_has_headers(const scheduler *p, const char *url);

/*
 * Starts an exchange when its endpoint may be asked; its on_done and owner are set. `on_wait` (may be NULL) is called
 * once when it has to wait for a window's end, with that tick. False: memory is short.
 */
bool scheduler_start(scheduler *p, http_exchange *x, const char *name,
                     void (*on_wait)(http_exchange *x, int64_t until));

/*
 * How many GET requests to this endpoint could start now, and, in `most`, how many at once at the most, as far as is
 * known. None where others wait for their turn.
 */
unsigned scheduler_slots(scheduler *p, const char *url, const char *name, int64_t now, unsigned *most);

/* Starts what may start. Returns the tick at which to call it again, or INT64_MAX: when an exchange has ended. */
int64_t scheduler_step(scheduler *p, int64_t now);

#endif
