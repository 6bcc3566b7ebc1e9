/*
 * The time of a run, for scripts and messages: the system's; or, on a replay, a fixed one, so that the run prints the
 * same tomorrow. A fixed time moves in two ways: a response takes it to the moment of its recording, and waiting moves
 * it by the wait's length. It never goes back, nor beyond CLOCK_LATEST, the last that can be written.
 */
#ifndef PERIGEE_TIMELINE_H
#define PERIGEE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

/* {0}: the system's clock. */
typedef struct timeline {
  bool fixed;
  int64_t now;   /* microseconds since 1970 */
  int64_t ticks; /* milliseconds, moved by waiting alone: what a recording skips over is no time-out */
} timeline;

int64_t timeline_now(const timeline *t);   /* as clock_now */
int64_t timeline_ticks(const timeline *t); /* as clock_ticks */

/* Fixes the time at `now` (microseconds since 1970). Ticks go on from where they are. */
void timeline_fix(timeline *t, int64_t now);

/* Goes by the system's clock again. Waits that took no time are forgotten: timers set meanwhile end that much later. */
void timeline_release(timeline *t);

/* Moves a fixed time to `now`, unless it is later already. */
void timeline_reach(timeline *t, int64_t now);

/* Moves a fixed time on by `ms`. */
void timeline_pass(timeline *t, int64_t ms);

#endif
