#include "pacing/bucket.h"

#include <limits.h>
#include <stdlib.h>

#define CONVINCED 3 /* responses with an earlier end of the window: ours was wrong */
#define GUARD 20    /* ms after a window's end: two clocks never agree to the millisecond */

bucket bucket_new(unsigned share) {
  return (bucket){.share = share, .limit = -1};
}

/* Our part of this window. What is left over of a request is ours in a later one. */
static void allot(bucket *b) {
  long whole = b->limit * (long)b->share + b->carry;
  b->part = whole / BUCKET_WHOLE;
  b->carry = whole % BUCKET_WHOLE;
}

void bucket_set_share(bucket *b, unsigned share) {
  if (b->share == share) return;
  b->share = share;
  b->carry = 0;
  if (b->limit >= 0) allot(b);
}

static void forget_window(bucket *b) {
  b->burst_before = b->shared ? b->burst : 0;
  b->shared = false;
  b->burst = b->answered = 0;
}

/*
 * Begins a new window once the last one has ended: only requests in flight are spent of it. Where others share the
 * limit, one request is admitted alone, to find out what they have left.
 */
static void renew(bucket *b, int64_t now) {
  if (!b->reset || now < b->reset + GUARD) return;
  allot(b);
  b->least = b->limit;
  b->used = (long)b->in_flight;
  b->budget = b->shared ? 1 : b->limit - b->used;
  b->reset = 0;
  forget_window(b);
}

/* Who may use all of it goes by what the server says alone. */
static long left(const bucket *b) {
  long ours = b->share < BUCKET_WHOLE ? b->part - b->used : b->budget;
  return b->budget < ours ? b->budget : ours;
}

unsigned bucket_at_once(const bucket *b) {
  if (!b->concurrent) return UINT_MAX;
  long ours = (b->concurrent * (long)b->share + BUCKET_WHOLE / 2) / BUCKET_WHOLE;
  return ours < 1 ? 1 : ours < INT_MAX ? (unsigned)ours : INT_MAX;
}

/* The last requests of a window that others use go out one by one: what they took meanwhile is known too late. */
static bool one_by_one(const bucket *b) {
  long burst = b->shared && b->burst > b->burst_before ? b->burst : b->burst_before;
  return b->limit >= 0 && b->budget <= burst;
}

int64_t bucket_ask(bucket *b, int64_t now, bool *limited) {
  *limited = false;
  renew(b, now);
  if (b->in_flight >= bucket_at_once(b)) return INT64_MAX;
  if (b->limit >= 0 && left(b) <= 0) {
    *limited = b->reset != 0;
    if (b->reset) return b->reset + GUARD;
    if (b->in_flight) return INT64_MAX;
  }
  return b->in_flight && one_by_one(b) ? INT64_MAX : 0;
}

void bucket_start(bucket *b) {
  b->budget--;
  b->used++;
  b->in_flight++;
}

void bucket_end(bucket *b) {
  b->in_flight--;
}

unsigned bucket_room(bucket *b, int64_t now) {
  renew(b, now);
  unsigned most = bucket_at_once(b), room = most > b->in_flight ? most - b->in_flight : 0;
  if (b->limit < 0) return room;
  long free = left(b);
  if (free > 0 && one_by_one(b)) free = b->in_flight ? 0 : 1;
  return free < (long)room ? (unsigned)(free > 0 ? free : 0) : room;
}

/* ---- what a response says */

bool bucket_is_current(const bucket *b, const limit_reading *r) {
  if (b->reset && r->ends && r->ends == b->ends) return true;
  return b->reset && llabs(r->reset - b->reset) < BUCKET_NOISE;
}

/* Of an earlier window, which a late response may name; not when all that come say the same. */
static bool outdated(bucket *b, const limit_reading *r, int64_t now) {
  if (r->reset <= now || r->reset - now > BUCKET_LONGEST_WINDOW) return true;
  return !bucket_is_current(b, r) && r->reset < b->reset && ++b->doubts <= CONVINCED;
}

/* The first response of a window; only those under way, and its own request, may be counted in it. */
static void begin_window(bucket *b, const limit_reading *r, int64_t now) {
  if (b->reset) {
    allot(b);
    b->used = (long)b->in_flight + 1;
    forget_window(b);
  }
  b->least = r->remaining;
  b->reset = r->reset;
  b->ends = r->ends;
  b->began = now;
  b->doubts = -(long)b->in_flight;
}

static void set_limit(bucket *b, long limit) {
  if (limit == b->limit) return;
  b->limit = limit;
  b->carry = 0;
  allot(b);
}

/* While a request was under way, about as many of ours were counted as were answered; the rest was of others. */
static void learn_burst(bucket *b, int64_t sent) {
  long before = bucket_counted_before(b, sent);
  if (before <= 0) return;
  long counted = b->answers[(before - 1) % BUCKET_ANSWERS].least - b->least, ours = b->answered + 1 - before;
  if (counted - ours > b->burst) b->burst = counted - ours;
}

/*
 * Responses may come in another order than they were counted, so the least remaining holds; of those in flight we do
 * not know whether they are counted in it, so they are taken as not. Clocks make the ends differ; the earliest is
 * right.
 */
static void learn_window(bucket *b, const limit_reading *r, int64_t sent, int64_t now) {
  if (r->limit < 0 || r->remaining < 0) return;
  if (bucket_is_current(b, r) && r->reset < b->reset)
    b->reset = r->reset;     /* what is known of the server's clock grew */
  if (outdated(b, r, now)) { /* so it is not counted in this window, as it was taken to be */
    b->used--;
    b->budget++;
    return;
  }
  if (!bucket_is_current(b, r)) begin_window(b, r, now);
  if (r->remaining < b->least) b->least = r->remaining;
  set_limit(b, r->limit);
  b->shared = b->shared || r->remaining + b->used < r->limit || (r->overloaded && r->remaining == 0);
  b->budget = b->least - (long)b->in_flight;
  if (r->overloaded) return; /* not each server counts what it refused */
  learn_burst(b, sent);
  b->answers[b->answered++ % BUCKET_ANSWERS] = (bucket_answer){.at = now, .least = b->least};
  b->total++;
}

void bucket_learn(bucket *b, const limit_reading *r, int64_t sent, int64_t now) {
  if (r->concurrent_limit > 0) b->concurrent = r->concurrent_limit;
  learn_window(b, r, sent, now);
}

long bucket_counted_before(const bucket *b, int64_t sent) {
  long count = b->answered, oldest = count > BUCKET_ANSWERS ? count - BUCKET_ANSWERS : 0;
  while (count > oldest && b->answers[(count - 1) % BUCKET_ANSWERS].at > sent) count--;
  return count == oldest && oldest > 0 ? -1 : count;
}
