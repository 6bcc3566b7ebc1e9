#include "pacing/scheduler.h"

#include "base/url.h"
#include "http/http.h"
#include "pacing/governor.h"

#include <stdlib.h>

/* One exchange: it waits, or it was sent and the governor counts it. */
typedef struct queued_request {
  scheduler *of;
  http_exchange *x;
  endpoint *endpoint;
  bool sent, reported, settled; /* settled: the governor counts it no more */
  int64_t sent_at;
  void (*on_done)(http_exchange *x);
  void (*on_headers)(http_exchange *x);
  void (*on_wait)(http_exchange *x, int64_t until);
  struct queued_request *next;
} queued_request;

struct scheduler {
  governor *governor;
  const timeline *time;
  unsigned max;
  rate_headers **headers;
  queued_request *queue; /* the first to come first */
};

scheduler *scheduler_new(unsigned max, const timeline *time, rate_headers **headers) {
  scheduler *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  *s = (scheduler){.governor = governor_new(max), .time = time, .max = max, .headers = headers};
  if (s->governor) return s;
  free(s);
  return NULL;
}

static void dequeue(queued_request *q) {
  queued_request **at = &q->of->queue;
  while (*at != q) at = &(*at)->next;
  *at = q->next;
  q->x->queued = NULL;
  q->x->on_free = NULL;
  free(q);
}

void scheduler_free(scheduler *s) {
  if (!s) return;
  while (s->queue) {
    s->queue->x->on_done = NULL;
    dequeue(s->queue);
  }
  governor_free(s->governor);
  free(s);
}

void scheduler_set_max(scheduler *s, unsigned max) {
  s->max = max;
  governor_set_max(s->governor, max);
}

bool scheduler_set_headers(scheduler *s, const char *url, const char *const names[RATE_HEADERS]) {
  return rate_headers_set(s->headers, url, names);
}

bool scheduler_has_headers(const scheduler *s, const char *url) {
  return rate_headers_has(*s->headers, url);
}

bool scheduler_tell(scheduler *s, const char *url, unsigned share, const char *const *own) {
  bytes origin = {0};
  bool ok = url_origin(url, &origin) && governor_tell(s->governor, origin.data, share, own);
  bytes_free(&origin);
  return ok;
}

static void settle(queued_request *q) {
  http_exchange *x = q->x;
  int64_t now = timeline_ticks(q->of->time);
  limit_reading reading = rate_headers_learn(*q->of->headers, x, now);
  governor_done(q->endpoint, x->code == HTTP_OK || reading.overloaded ? &reading : NULL, q->sent_at, now);
  q->settled = true;
}

/* A streamed body stays for as long as its owner takes, who may make other requests meanwhile. */
static void headers_came(http_exchange *x) {
  queued_request *q = x->queued;
  if (x->streamed) settle(q);
  if (q->on_headers) q->on_headers(x);
}

/* The owner's on_done may free the exchange or start another, so it has left the queue before that is called. */
static void done(http_exchange *x) {
  queued_request *q = x->queued;
  void (*on_done)(http_exchange *) = q->on_done;
  if (!q->settled) settle(q);
  dequeue(q);
  x->on_done = on_done;
  if (on_done) on_done(x);
}

static void freed(http_exchange *x) {
  queued_request *q = x->queued;
  if (q->sent && !q->settled) governor_done(q->endpoint, NULL, q->sent_at, timeline_ticks(q->of->time));
  dequeue(q);
}

/* A wrong URL has an endpoint too: starting the exchange finds out that it is wrong. */
static endpoint *endpoint_of(scheduler *s, const char *url, const char *method, const char *name) {
  bytes origin = {0};
  const char *of = url_origin(url, &origin) ? origin.data : "";
  endpoint *e = governor_endpoint(s->governor, of, method, name);
  bytes_free(&origin);
  return e;
}

bool scheduler_start(scheduler *s, http_exchange *x, const char *name,
                     void (*on_wait)(http_exchange *x, int64_t until)) {
  queued_request *q = calloc(1, sizeof *q);
  endpoint *e = q ? endpoint_of(s, x->url.data, x->method.data, name) : NULL;
  if (!e) {
    free(q);
    return false;
  }
  *q = (queued_request){.of = s, .x = x, .endpoint = e, .on_done = x->on_done, .on_wait = on_wait};
  q->on_headers = x->on_headers;
  if (x->streamed) x->on_headers = headers_came;
  x->queued = q;
  x->on_done = done;
  x->on_free = freed;
  queued_request **last = &s->queue;
  while (*last) last = &(*last)->next;
  *last = q;
  return true;
}

unsigned scheduler_slots(scheduler *s, const char *url, const char *method, const char *name, int64_t now,
                         unsigned *max) {
  endpoint *e = endpoint_of(s, url, method, name);
  unsigned slots = e ? governor_slots(e, now, max) : 0;
  for (const queued_request *q = s->queue; q; q = q->next)
    if (!q->sent) return 0;
  return slots;
}

/* Returns the tick at which another attempt is worth while. */
static int64_t try_start(queued_request *q, int64_t now) {
  bool limited;
  int64_t awaited = q->x->awaits ? q->x->awaits(q->x, now) : 0;
  if (awaited) return awaited;
  int64_t again = governor_admit(q->endpoint, now, &limited);
  if (again == 0) {
    q->sent = true;
    q->sent_at = now;
    http_start(q->x);
    return INT64_MAX;
  }
  if (limited && !q->reported) {
    q->reported = true;
    if (q->on_wait && again - now >= SCHEDULER_LONG_WAIT) q->on_wait(q->x, again);
  }
  return again;
}

/* Starts requests of endpoints with at most `share` of them under way. */
static int64_t start_some(scheduler *s, unsigned share, int64_t now) {
  int64_t next = INT64_MAX;
  for (queued_request *q = s->queue; q; q = q->next) {
    if (q->sent || governor_in_flight(q->endpoint) > share) continue;
    int64_t again = try_start(q, now);
    if (again < next) next = again;
  }
  return next;
}

/* An endpoint with many requests must not keep the others waiting: the one with the fewest under way is next. */
int64_t scheduler_step(scheduler *s, int64_t now) {
  for (unsigned share = 0; share < s->max; share++) start_some(s, share, now);
  return start_some(s, s->max, now);
}
