#include "pacing/governor.h"

#include "pacing/sharing.h"

#include <stdlib.h>
#include <string.h>

#define REGROW 4 /* after an overload: rounds of good responses before one more is tried */

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
  sharing_free(g);
  free(g);
}

void governor_set_max(governor *g, unsigned max) {
  g->max = max ? max : 1;
}

bool governor_tell(governor *g, const char *origin, unsigned share, const char *const *own) {
  told_limits *t = sharing_told(g, origin);
  if (!t) return false;
  bool ok = true;
  bytes_clear(&t->own);
  for (; own && *own; own++) ok = ok && bytes_append(&t->own, *own, strlen(*own) + 1);
  t->share = share;
  size_t length = strlen(origin);
  for (shared_bucket *s = g->buckets; s; s = s->next)
    if (strncmp(s->of, origin, length) == 0 && s->of[length] == ' ') bucket_set_share(&s->bucket, share);
  return ok;
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
  if (e) *e = (endpoint){.of = g, .name = joined, .allowed = 1, .next = g->endpoints};
  if (!e || !sharing_place(e, origin, method, name)) {
    free(joined);
    free(e);
    return NULL;
  }
  return g->endpoints = e;
}

unsigned governor_in_flight(const endpoint *e) {
  return e->in_flight;
}

int64_t governor_admit(endpoint *e, int64_t now, bool *limited) {
  *limited = false;
  if (e->of->in_flight >= e->of->max || e->in_flight >= e->allowed) return INT64_MAX;
  int64_t again = bucket_ask(&e->in->bucket, now, limited);
  if (again) return again;
  bucket_start(&e->in->bucket);
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

/* At once, as far as the server and our own setting go. */
static unsigned most(const endpoint *e) {
  return lesser(e->of->max, bucket_at_once(&e->in->bucket));
}

unsigned governor_slots(endpoint *e, int64_t now, unsigned *max) {
  unsigned room = bucket_room(&e->in->bucket, now);
  *max = most(e);
  return lesser(room, lesser(left(e->allowed, e->in_flight), left(e->of->max, e->of->in_flight)));
}

static void set_allowed(endpoint *e, unsigned allowed) {
  e->allowed = allowed ? allowed : 1;
  e->good = 0;
}

/* The server's own limit of concurrency is used at once. */
static void learn_named(endpoint *e) {
  unsigned limit = most(e);
  if (limit < e->allowed || !e->named) set_allowed(e, limit);
  e->named = true;
}

/* Where a refusal is the window's doing, less at once would not help. */
static void learn_concurrency(endpoint *e, const limit_reading *r, int64_t now) {
  bool by_window = r->remaining == 0 && r->reset > now;
  if (r->concurrent_limit > 0) learn_named(e);
  if (r->overloaded && !by_window) {
    e->strained = true;
    set_allowed(e, e->allowed / 2);
  } else if (!r->overloaded && ++e->good >= (e->strained ? REGROW * e->allowed : 1)) {
    set_allowed(e, lesser(e->allowed + 1, most(e)));
  }
}

void governor_done(endpoint *e, const limit_reading *reading, int64_t sent, int64_t now) {
  bucket_end(&e->in->bucket);
  e->in_flight--;
  e->of->in_flight--;
  if (!reading) return;
  sharing_refute(e, reading, sent, now);
  bucket_learn(&e->in->bucket, reading, sent, now);
  learn_concurrency(e, reading, now);
  sharing_suspect(e, reading, sent, now);
}
