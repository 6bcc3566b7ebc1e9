#include "pacing/scheduler.h"

#include "http/url.h"

#include <stdlib.h>

/* One exchange on its way: it waits, or it was let out and the governor counts it. */
typedef struct turn {
  scheduler *of;
  http_exchange *x;
  endpoint *endpoint;
  bool out, told;
  void (*on_done)(http_exchange *x);
  void (*on_wait)(http_exchange *x, int64_t until);
  struct turn *next;
} turn;

struct scheduler {
  governor *governor;
  const timeline *time;
  unsigned most;
  rate_headers *quotas;
  turn *turns; /* the first to come first */
};

scheduler *scheduler_new(unsigned most, const timeline *time) {
  scheduler *p = calloc(1, sizeof *p);
  if (p) p->time = time, p->governor = governor_new(most);
  if (p && p->governor) {
    p->most = most;
    return p;
  }
  free(p);
  return NULL;
}

static void remove_turn(turn *t) {
  turn **at = &t->of->turns;
  while (*at != t) at = &(*at)->next;
  *at = t->next;
  t->x->queued = NULL;
  t->x->on_free = NULL;
  free(t);
}

void scheduler_free(scheduler *p) {
  if (!p) return;
  while (p->turns) {
    p->turns->x->on_done = NULL;
    remove_turn(p->turns);
  }
  rate_headers_free(p->quotas);
  governor_free(p->governor);
  free(p);
}

void scheduler_allow(scheduler *p, unsigned most) {
  p->most = most;
  governor_allow(p->governor, most);
}

bool scheduler_headers(scheduler *p, const char *url, const char *const names[RATE_HEADERS]) {
  return rate_headers_set(&p->quotas, url, names);
}

bool scheduler_has_headers(const scheduler *p, const char *url) {
  return rate_headers_has(p->quotas, url);
}

/* The owner's on_done may free the exchange or start another, so the turn is over before it is called. */
static void done(http_exchange *x) {
  turn *t = x->queued;
  void (*on_done)(http_exchange *) = t->on_done;
  int64_t now = timeline_ticks(t->of->time);
  governor_reading reading = rate_headers_read(t->of->quotas, x, now);
  governor_done(t->endpoint, x->code == HTTP_OK || reading.overloaded ? &reading : NULL, now);
  remove_turn(t);
  x->on_done = on_done;
  if (on_done) on_done(x);
}

static void freed(http_exchange *x) {
  turn *t = x->queued;
  if (t->out) governor_done(t->endpoint, NULL, timeline_ticks(t->of->time));
  remove_turn(t);
}

/* What is no URL has an endpoint too: that it is none, starting the exchange tells. */
static endpoint *endpoint_of(scheduler *p, const char *url, const char *method, const char *name) {
  bytes origin = {0};
  const char *of = url_origin(url, &origin) ? origin.data : "";
  endpoint *e = governor_endpoint(p->governor, of, method, name);
  bytes_free(&origin);
  return e;
}

bool scheduler_start(scheduler *p, http_exchange *x, const char *name,
                     void (*on_wait)(http_exchange *x, int64_t until)) {
  turn *t = calloc(1, sizeof *t);
  endpoint *e = t ? endpoint_of(p, x->url.data, x->method.data, name) : NULL;
  if (!e) {
    free(t);
    return false;
  }
  *t = (turn){.of = p, .x = x, .endpoint = e, .on_done = x->on_done, .on_wait = on_wait};
  x->queued = t;
  x->on_done = done;
  x->on_free = freed;
  turn **last = &p->turns;
  while (*last) last = &(*last)->next;
  *last = t;
  return true;
}

unsigned scheduler_slots(scheduler *p, const char *url, const char *name, int64_t now, unsigned *most) {
  endpoint *e = endpoint_of(p, url, "GET", name);
  unsigned room = e ? governor_slots(e, now, most) : 0;
  for (const turn *t = p->turns; t; t = t->next)
    if (!t->out) return 0;
  return room;
}

/* Returns the tick at which it is worth asking again. */
static int64_t try_start(turn *t, int64_t now) {
  bool limited;
  int64_t again = governor_ask(t->endpoint, now, &limited);
  if (again == 0) {
    t->out = true;
    http_start(t->x);
    return INT64_MAX;
  }
  if (limited && !t->told && t->on_wait) t->on_wait(t->x, again);
  t->told = t->told || limited;
  return again;
}

/* Those of endpoints that have at most `share` requests under way. */
static int64_t start_some(scheduler *p, unsigned share, int64_t now) {
  int64_t next = INT64_MAX;
  for (turn *t = p->turns; t; t = t->next) {
    if (t->out || governor_in_flight(t->endpoint) > share) continue;
    int64_t again = try_start(t, now);
    if (again < next) next = again;
  }
  return next;
}

/* An endpoint of which many are asked for at once must not keep the others waiting: who has the fewest is next. */
int64_t scheduler_step(scheduler *p, int64_t now) {
  for (unsigned share = 0; share < p->most; share++) start_some(p, share, now);
  return start_some(p, p->most, now);
}
