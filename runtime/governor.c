#include "governor.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_NOISE 500       /* ms by which readings of one window's end may differ, and those of two may not */
#define LONGEST_WINDOW 3600000 /* ms: an end further off is a mistake, which would have us wait in silence */
#define GUARD 20               /* ms after a window's end: two clocks never agree to the millisecond */

struct endpoint {
  governor *of;
  char *name; /* origin, method and name, joined by spaces */
  unsigned in_flight;
  unsigned allowed; /* at once; grows by one with each good answer where no limit was named */
  bool known;       /* an answer has come: before that one request finds out what holds */
  bool named;       /* the server named a limit of concurrency */
  long limit;       /* requests a window; -1: none was named */
  long least;       /* the smallest `remaining` that this window's answers told */
  long used;        /* requests of ours in this window */
  bool shared;      /* others use the quota too: less remained than we left */
  long budget;      /* requests that may still go out in this window */
  int64_t reset;    /* the window's end; 0: not known */
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

int64_t governor_ask(endpoint *e, int64_t now, bool *limited) {
  *limited = false;
  renew(e, now);
  unsigned allowed = e->known ? e->allowed : 1;
  if (e->of->in_flight >= e->of->most || e->in_flight >= allowed) return INT64_MAX;
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

static unsigned left(unsigned allowed, unsigned used) {
  return allowed > used ? allowed - used : 0;
}

unsigned governor_room(endpoint *e, int64_t now, unsigned *most) {
  renew(e, now);
  *most = e->named && e->allowed < e->of->most ? e->allowed : e->of->most;
  unsigned room = left(e->known ? e->allowed : 1, e->in_flight), all = left(e->of->most, e->of->in_flight);
  if (all < room) room = all;
  return e->limit >= 0 && e->budget < (long)room ? (unsigned)(e->budget > 0 ? e->budget : 0) : room;
}

static void learn_concurrency(endpoint *e, const governor_reading *r) {
  if (r->concurrent_limit > 0) {
    e->named = true;
    e->allowed = r->concurrent_limit < (long)e->of->most ? (unsigned)r->concurrent_limit : e->of->most;
  }
  if (r->overloaded)
    e->allowed = e->allowed > 1 ? e->allowed / 2 : 1;
  else if (!e->named && e->allowed < e->of->most)
    e->allowed++;
}

/*
 * Answers may come in another order than they were counted, so the least remaining holds; of those in flight we do not
 * know whether they are counted in it, so they are taken as not. One of an earlier window says nothing of this one.
 */
static void learn_window(endpoint *e, const governor_reading *r, int64_t now) {
  if (r->limit < 0 || r->remaining < 0 || r->reset <= now || r->reset - now > LONGEST_WINDOW) return;
  if (e->reset && e->reset - r->reset > WINDOW_NOISE) return;
  bool same = e->reset && r->reset - e->reset < WINDOW_NOISE;
  e->limit = r->limit;
  e->shared = e->shared || r->remaining + e->used < r->limit;
  e->least = same && e->least < r->remaining ? e->least : r->remaining;
  e->budget = e->least - (long)e->in_flight;
  if (!same || r->reset < e->reset) e->reset = r->reset;
}

void governor_done(endpoint *e, const governor_reading *reading, int64_t now) {
  e->in_flight--;
  e->of->in_flight--;
  if (!reading) return;
  learn_concurrency(e, reading);
  learn_window(e, reading, now);
  e->known = true;
}
