/*
 * Exchanges that are started when the governor allows it: first come first served within an endpoint, and among
 * endpoints the one with the fewest under way.
 */
#ifndef PERIGEE_PACE_H
#define PERIGEE_PACE_H

#include "governor.h"
#include "http.h"
#include "quota.h"
#include "timeline.h"

typedef struct pace pace;

/* `most` requests at once, over all endpoints. `time` outlives it; all ticks are its. NULL: memory is short. */
pace *pace_new(unsigned most, const timeline *time);
void pace_free(pace *p); /* exchanges that still wait are never started */
void pace_allow(pace *p, unsigned most);

/* Says by which headers an origin tells its limits. False: memory is short, or `url` is none. */
bool pace_headers(pace *p, const char *url, const char *const names[QUOTA_HEADERS]);

/* Was it said for this URL's origin? */
bool pace_has_headers(const pace *p, const char *url);

/*
 * Starts an exchange when its endpoint may be asked; its on_done and owner are set. `on_wait` (may be NULL) is called
 * once when it has to wait for a window's end, with that tick. False: memory is short.
 */
bool pace_start(pace *p, http_exchange *x, const char *name, void (*on_wait)(http_exchange *x, int64_t until));

/*
 * How many GET requests to this endpoint could start now, and, in `most`, how many at once at the most, as far as is
 * known. None where others wait for their turn.
 */
unsigned pace_room(pace *p, const char *url, const char *name, int64_t now, unsigned *most);

/* Starts what may start. Returns the tick at which to call it again, or INT64_MAX: when an exchange has ended. */
int64_t pace_step(pace *p, int64_t now);

#endif
