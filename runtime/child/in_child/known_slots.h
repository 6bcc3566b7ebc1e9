/* In the child: how many requests each endpoint has free slots for, as the parent's responses said. */
#ifndef PERIGEE_KNOWN_SLOTS_H
#define PERIGEE_KNOWN_SLOTS_H

#include "base/bytes.h"

#include <stdint.h>

typedef struct known_slots known_slots;

/* NULL: memory is short. Lives as long as the process. */
known_slots *known_slots_new(void);

/* Forgets them all. */
void known_slots_clear(known_slots *s);

/* What the parent said last. Names that are empty or too long, or come after very many others, are not kept. */
void known_slots_set(known_slots *s, const bytes *endpoint, int64_t available, int64_t max);

/* A request was made: one less is available. */
void known_slots_take(known_slots *s, const bytes *endpoint);

/* How many are available, and the most there can be; 0 and 1 for an endpoint that is not known. */
unsigned known_slots_available(const known_slots *s, const char *endpoint, unsigned *max);

#endif
