/*
 * The time that a run goes by, as scripts and lines see it: the system's, or on a replay the recording's own, so that
 * it prints the same tomorrow. That one stands still but for three things: an answer takes it to when it was recorded,
 * waiting moves it by as long as would have been waited, and it never goes back.
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

/* From now on it is this time, and stands still. Ticks go on from where they are. */
void timeline_fix(timeline *t, int64_t now);

/* It is the system's clock again. What was waited in no time is forgotten: timers set meanwhile are that much longer.
 */
void timeline_release(timeline *t);

/* Of one that stands still: it is this time, if it is not later already; or so many milliseconds later. */
void timeline_reach(timeline *t, int64_t now);
void timeline_pass(timeline *t, int64_t ms);

#endif
