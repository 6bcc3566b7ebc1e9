#include "pacing/governor.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_NOISE 500 /* ms by which readings of one window's end may differ, and those of two may not */
#define CONVINCED 3      /* responses with an earlier end of the window: ours was wrong */
#define REGROW 4         /* after an overload: rounds of good responses before one more is tried */
#define GUARD 20         /* ms after a window's end: two clocks never agree to the millisecond */

struct endpoint {
  governor *of;
  char *name; /* origin, method and name, joined by spaces */
  unsigned in_flight;
  unsigned allowed; /* at once */
  unsigned named;   /* the server's limit of that; 0: it named none */
  unsigned good;    /* responses since it last changed */
  bool strained;    /* it was too much once: from then on it grows slowly */
  long limit;       /* requests a window; -1: none was named */
  long least;       /* the smallest `remaining` that this window's responses named */
  long used;        /* requests of ours in this window */
  bool shared;      /* others use the limit too: less remained than we left */
  long budget;      /* requests that may still go out in this window */
  int64_t reset;    /* the window's end; 0: not known */
  long doubts;      /* responses with an earlier end, less those that may be of the window before */
  struct endpoint *next;
};

struct governor {
  unsigned max, in_flight;
  endpoint *endpoints;
};

governor *governor_new(unsigned max) {
  governor *g = calloc(1, sizeof *g);
  if (g) g->max = max;
  return g;
}

void governor_free(governor *g) {
  if (!g) return;
  while (g->endpoints) {
    endpoint *e = g->endpoints;
    g->endpoints = e->next;
    free(e->name);
    free(e);
  }
  free(g);
}

void governor_set_max(governor *g, unsigned max) {
  g->max = max ? max : 1;
}

static char *join(const char *origin, const char *method, const char *name) {
  size_t length = strlen(origin) + strlen(method) + strlen(name) + 3;
  char *joined = malloc(length);
  if (!joined) return NULL;
  char *at = stpcpy(joined, origin);
  *at++ = ' ';
  at = stpcpy(at, method);
  *at++ = ' ';
  stpcpy(at, name);
  return joined;
}

endpoint *governor_endpoint(governor *g, const char *origin, const char *method, const char *name) {
  char *joined = join(origin, method, name);
  if (!joined) return NULL;
  for (endpoint *e = g->endpoints; e; e = e->next) {
    if (strcmp(e->name, joined) != 0) continue;
    free(joined);
    return e;
  }
  endpoint *e = calloc(1, sizeof *e);
  if (!e) {
    free(joined);
    return NULL;
  }
  *e = (endpoint){.of = g, .name = joined, .allowed = 1, .limit = -1, .next = g->endpoints};
  g->endpoints = e;
  return e;
}

/*
 * Begins a new window once the last one has ended: only requests in flight are spent of it. Where others share the
 * limit, one request is admitted alone, to find out what they have left.
 */
static void renew(endpoint *e, int64_t now) {
  if (!e->reset || now < e->reset + GUARD) return;
  e->least = e->limit;
  e->used = (long)e->in_flight;
  e->budget = e->shared ? 1 : e->limit - e->used;
  e->shared = false;
  e->reset = 0;
}

unsigned governor_in_flight(const endpoint *e) {
  return e->in_flight;
}

int64_t governor_admit(endpoint *e, int64_t now, bool *limited) {
  *limited = false;
  renew(e, now);
  if (e->of->in_flight >= e->of->max || e->in_flight >= e->allowed) return INT64_MAX;
  if (e->limit >= 0 && e->budget <= 0) {
    *limited = e->reset != 0;
    if (e->reset) return e->reset + GUARD;
    if (e->in_flight) return INT64_MAX;
  }
  e->budget--;
  e->used++;
  e->in_flight++;
  e->of->in_flight++;
  return 0;
}

static unsigned lesser(unsigned a, unsigned b) {
  return a < b ? a : b;
}

static unsigned left(unsigned allowed, unsigned used) {
  return allowed > used ? allowed - used : 0;
}

unsigned governor_slots(endpoint *e, int64_t now, unsigned *max) {
  renew(e, now);
  *max = lesser(e->of->max, e->named ? e->named : e->of->max);
  unsigned slots = lesser(left(e->allowed, e->in_flight), left(e->of->max, e->of->in_flight));
  return e->limit >= 0 && e->budget < (long)slots ? (unsigned)(e->budget > 0 ? e->budget : 0) : slots;
}

static void set_allowed(endpoint *e, unsigned allowed) {
  e->allowed = allowed ? allowed : 1;
  e->good = 0;
}

/* The server's own limit of concurrency is used at once. */
static void learn_named(endpoint *e, long named) {
  unsigned limit = named < (long)e->of->max ? (unsigned)named : e->of->max;
  if (limit < e->allowed || !e->named) set_allowed(e, limit);
  e->named = limit;
}

/* Where a refusal is the window's doing, less at once would not help. */
static void learn_concurrency(endpoint *e, const governor_reading *r, int64_t now) {
  bool by_window = r->remaining == 0 && r->reset > now;
  if (r->concurrent_limit > 0) learn_named(e, r->concurrent_limit);
  if (r->overloaded && !by_window) {
    e->strained = true;
    set_allowed(e, e->allowed / 2);
  } else if (!r->overloaded && ++e->good >= (e->strained ? REGROW * e->allowed : 1)) {
    set_allowed(e, lesser(e->allowed + 1, e->named ? e->named : e->of->max));
  }
}

/* Of an earlier window, which a late response may name; not when all that come say the same. */
static bool outdated(endpoint *e, const governor_reading *r, int64_t now) {
  if (r->reset <= now || r->reset - now > GOVERNOR_LONGEST_WINDOW) return true;
  return e->reset - r->reset > WINDOW_NOISE && ++e->doubts <= CONVINCED;
}

/* The first response of a window; only those under way, and its own request, may be counted in it. */
static void begin_window(endpoint *e, const governor_reading *r) {
  if (e->reset) {
    e->used = (long)e->in_flight + 1;
    e->shared = false;
  }
  e->least = r->remaining;
  e->reset = r->reset;
  e->doubts = -(long)e->in_flight;
}

/*
 * Responses may come in another order than they were counted, so the least remaining holds; of those in flight we do
 * not know whether they are counted in it, so they are taken as not. Clocks make the ends differ; the earliest is
 * right.
 */
static void learn_window(endpoint *e, const governor_reading *r, int64_t now) {
  if (r->limit < 0 || r->remaining < 0) return;
  if (outdated(e, r, now)) { /* so it is not counted in this window, as it was taken to be */
    e->used--;
    e->budget++;
    return;
  }
  if (!e->reset || llabs(r->reset - e->reset) >= WINDOW_NOISE) begin_window(e, r);
  if (r->remaining < e->least) e->least = r->remaining;
  if (r->reset < e->reset) e->reset = r->reset;
  e->limit = r->limit;
  e->shared = e->shared || r->remaining + e->used < r->limit;
  e->budget = e->least - (long)e->in_flight;
}

void governor_done(endpoint *e, const governor_reading *reading, int64_t now) {
  e->in_flight--;
  e->of->in_flight--;
  if (!reading) return;
  learn_concurrency(e, reading, now);
  learn_window(e, reading, now);
}
