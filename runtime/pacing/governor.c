#include "pacing/governor.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_NOISE 500       /* ms by which readings of one window's end may differ, and those of two may not */
#define LONGEST_WINDOW 3600000 /* ms: an end further off is a mistake, which would have us wait in silence */
#define CONVINCED 3            /* answers that name an earlier end of the window: the one we had was wrong */
#define REGROW 4               /* after an overload: rounds of good answers before one more is tried */
#define GUARD 20               /* ms after a window's end: two clocks never agree to the millisecond */

struct endpoint {
  governor *of;
  char *name; /* origin, method and name, joined by spaces */
  unsigned in_flight;
  unsigned allowed; /* at once */
  unsigned named;   /* the server's limit of that; 0: it named none */
  unsigned good;    /* answers since it last changed */
  bool strained;    /* it was too much once: from then on it grows slowly */
  long limit;       /* requests a window; -1: none was named */
  long least;       /* the smallest `remaining` that this window's answers told */
  long used;        /* requests of ours in this window */
  bool shared;      /* others use the quota too: less remained than we left */
  long budget;      /* requests that may still go out in this window */
  int64_t reset;    /* the window's end; 0: not known */
  long doubts;      /* answers that named an earlier one, less those that may be of the window before */
  struct endpoint *next;
};

struct governor {
  unsigned most, in_flight;
  endpoint *endpoints;
};

governor *governor_new(unsigned most) {
  governor *g = calloc(1, sizeof *g);
  if (g) g->most = most;
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

void governor_allow(governor *g, unsigned most) {
  g->most = most ? most : 1;
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
 * A window that has ended: a whole new one, of which only what is in flight is spent; but where others share the quota,
 * one request finds out what they have left of it.
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

int64_t governor_ask(endpoint *e, int64_t now, bool *limited) {
  *limited = false;
  renew(e, now);
  if (e->of->in_flight >= e->of->most || e->in_flight >= e->allowed) return INT64_MAX;
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

unsigned governor_slots(endpoint *e, int64_t now, unsigned *most) {
  renew(e, now);
  *most = lesser(e->of->most, e->named ? e->named : e->of->most);
  unsigned room = lesser(left(e->allowed, e->in_flight), left(e->of->most, e->of->in_flight));
  return e->limit >= 0 && e->budget < (long)room ? (unsigned)(e->budget > 0 ? e->budget : 0) : room;
}

static void set_allowed(endpoint *e, unsigned allowed) {
  e->allowed = allowed ? allowed : 1;
  e->good = 0;
}

/* A limit that is named is used at once. */
static void learn_named(endpoint *e, long named) {
  unsigned limit = named < (long)e->of->most ? (unsigned)named : e->of->most;
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
    set_allowed(e, lesser(e->allowed + 1, e->named ? e->named : e->of->most));
  }
}

/* Of an earlier window, which an answer may be late to tell of; not when all that come say the same. */
static bool outdated(endpoint *e, const governor_reading *r, int64_t now) {
  if (r->reset <= now || r->reset - now > LONGEST_WINDOW) return true;
  return e->reset - r->reset > WINDOW_NOISE && ++e->doubts <= CONVINCED;
}

/* The first answer that tells of a window; only those under way, and its own request, may be counted in it. */
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
 * Answers may come in another order than they were counted, so the least remaining holds; of those in flight we do not
 * know whether they are counted in it, so they are taken as not. Clocks make the ends differ; the earliest is right.
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
