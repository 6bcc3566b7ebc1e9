#include "base/timeline.h"

#include "base/clock.h"

int64_t timeline_now(const timeline *t) {
  return t->fixed ? t->now : clock_now();
}

int64_t timeline_ticks(const timeline *t) {
  return t->fixed ? t->ticks : clock_ticks();
}

void timeline_fix(timeline *t, int64_t now) {
  t->ticks = timeline_ticks(t);
  t->fixed = true;
  t->now = now;
}

void timeline_release(timeline *t) {
  t->fixed = false;
}

/* A child can name any moment, and a script wait again and again. */
static int64_t writable(int64_t now) {
  return now < CLOCK_LATEST ? now : CLOCK_LATEST;
}

void timeline_reach(timeline *t, int64_t now) {
  if (t->fixed && now > t->now) t->now = writable(now);
}

void timeline_pass(timeline *t, int64_t ms) {
  if (!t->fixed || ms <= 0) return;
  t->ticks += ms;
  t->now = ms < CLOCK_LATEST / 1000 ? writable(t->now + ms * 1000) : CLOCK_LATEST;
}
