#include "pacing/sharing.h"

#include <stdlib.h>
#include <string.h>

#define CERTAIN 2 /* what a sign of a shared limit is worth that nothing but another's requests explains */
#define SURE 4    /* signs, after which it is taken for one */
#define APART                                                                                                          \
  1000 /* ms before a window's end, in which it may be over by the server's clock: Dates are cut to seconds */

/* ---- what is told */

/* Does a name fit a pattern, in which * stands for one part between slashes? */
static bool fits(const char *pattern, const char *name) {
  while (*pattern) {
    if (*pattern == '*') {
      size_t part = strcspn(name, "/");
      if (!part) return false;
      name += part;
      pattern++;
    } else if (*pattern++ != *name++) {
      return false;
    }
  }
  return !*name;
}

static bool has_own(const told_limits *t, const char *name) {
  const char *end = t->own.data + t->own.length;
  for (const char *pattern = t->own.data; pattern < end; pattern += strlen(pattern) + 1)
    if (fits(pattern, name)) return true;
  return false;
}

static told_limits *find_told(const governor *g, const char *origin) {
  for (told_limits *t = g->told; t; t = t->next)
    if (strcmp(t->origin.data, origin) == 0) return t;
  return NULL;
}

told_limits *sharing_told(governor *g, const char *origin) {
  told_limits *t = find_told(g, origin);
  if (t) return t;
  t = calloc(1, sizeof *t);
  if (!t || !bytes_text(&t->origin, origin)) {
    free(t);
    return NULL;
  }
  t->share = BUCKET_WHOLE;
  t->next = g->told;
  return g->told = t;
}

/* ---- limits, and who counts in them */

static shared_bucket *new_bucket(governor *g, const char *of, unsigned share) {
  shared_bucket *s = calloc(1, sizeof *s);
  if (!s || !(s->of = strdup(of))) {
    free(s);
    return NULL;
  }
  s->bucket = bucket_new(share);
  s->next = g->buckets;
  return g->buckets = s;
}

/* The common limit in which most endpoints count. */
static shared_bucket *find_common(const governor *g, const char *of) {
  shared_bucket *found = NULL;
  for (shared_bucket *s = g->buckets; s; s = s->next)
    if (s->common && strcmp(s->of, of) == 0 && (!found || s->members > found->members)) found = s;
  return found;
}

static void enter(endpoint *e, shared_bucket *s) {
  e->in = s;
  s->members++;
}

bool sharing_place(endpoint *e, const char *origin, const char *method, const char *name) {
  bytes of = {0};
  const told_limits *t = find_told(e->of, origin);
  bool common = t && t->own.length && !has_own(t, name);
  bool ok = bytes_printf(&of, "%s %s", origin, method);
  shared_bucket *s = ok && common ? find_common(e->of, of.data) : NULL;
  if (ok && !s && (s = new_bucket(e->of, of.data, t ? t->share : BUCKET_WHOLE))) s->common = common;
  bytes_free(&of);
  if (s) enter(e, s);
  return s != NULL;
}

void sharing_free(governor *g) {
  while (g->buckets) {
    shared_bucket *s = g->buckets;
    g->buckets = s->next;
    free(s->of);
    free(s);
  }
  while (g->told) {
    told_limits *t = g->told;
    g->told = t->next;
    bytes_free(&t->origin);
    bytes_free(&t->own);
    free(t);
  }
}

/* What is under way goes with it. Where it goes is what counted them, too. */
static void move(endpoint *e, shared_bucket *to) {
  bucket *from = &e->in->bucket;
  from->in_flight -= e->in_flight;
  from->used -= (long)e->in_flight;
  from->budget += (long)e->in_flight;
  to->bucket.in_flight += e->in_flight;
  to->bucket.used += (long)e->in_flight;
  to->bucket.budget -= (long)e->in_flight;
  if (e->in->newest == e) e->in->newest = NULL;
  e->in->members--;
  enter(e, to);
  e->suspect = NULL;
  e->signs = 0;
}

/* ---- what responses refute */

static bool names_window(const limit_reading *r, int64_t now) {
  return r->limit >= 0 && r->remaining >= 0 && r->reset > now && r->reset - now <= BUCKET_LONGEST_WINDOW;
}

/* No limit has two windows at a time: one that ends later has not begun, one that ends earlier was over by then. */
static bool overlaps(const bucket *b, const limit_reading *r, int64_t sent, int64_t now) {
  if (!b->reset || bucket_is_current(b, r)) return false;
  return r->reset > b->reset ? b->reset - now > APART : sent >= b->began;
}

/* Are these two limits, by their numbers alone? */
static bool differs(const bucket *b, const limit_reading *r, int64_t sent, int64_t now) {
  if (b->limit >= 0 && r->limit != b->limit) return true;
  if (b->concurrent && r->concurrent_limit > 0 && r->concurrent_limit != b->concurrent) return true;
  return overlaps(b, r, sent, now);
}

/* Does a response say that its request was not counted with all those that are taken to be? */
static bool counts_fewer(const bucket *b, const limit_reading *r, int64_t sent) {
  return !r->overloaded && bucket_is_current(b, r) && r->limit - r->remaining <= bucket_counted_before(b, sent);
}

/* Endpoints that were told to have no limit of their own may have several in common. */
static shared_bucket *find_alike(const endpoint *e, const limit_reading *r, int64_t sent, int64_t now) {
  for (shared_bucket *s = e->of->buckets; s; s = s->next)
    if (s != e->in && s->common && s->bucket.limit >= 0 && strcmp(s->of, e->in->of) == 0 &&
        !differs(&s->bucket, r, sent, now))
      return s;
  return NULL;
}

static void shun(endpoint *e, endpoint *other) {
  e->shunned[e->shuns++ % ENDPOINT_SHUNS] = other;
}

/* These two do not count together, as is known for certain. */
static void part(endpoint *e, endpoint *other) {
  if (!other) return;
  shun(e, other);
  shun(other, e);
}

/* The one that counts with it, where that is one alone. */
static endpoint *other_member(const endpoint *e) {
  if (e->in->members != 2) return NULL;
  for (endpoint *other = e->of->endpoints; other; other = other->next)
    if (other != e && other->in == e->in) return other;
  return NULL;
}

/* An endpoint whose own response, which has been counted, says that it counts elsewhere. */
static void leave(endpoint *e, shared_bucket *to) {
  e->in->bucket.used--;
  to->bucket.used++;
  move(e, to);
}

void sharing_refute(endpoint *e, const limit_reading *r, int64_t sent, int64_t now) {
  shared_bucket *in = e->in, *to = NULL;
  if (in->members < 2 || !names_window(r, now)) return;
  bool other = differs(&in->bucket, r, sent, now);
  if (!other && !counts_fewer(&in->bucket, r, sent)) return;
  endpoint *wrong = other || !in->newest ? e : in->newest;
  if (other && in->common) to = find_alike(e, r, sent, now);
  if (!to && !(to = new_bucket(e->of, in->of, in->bucket.share))) return;
  if (other) to->common = in->common;
  part(wrong, wrong != e ? e : other_member(wrong));
  if (wrong == e)
    leave(e, to);
  else
    move(wrong, to);
}

/* ---- what responses make likely */

static bool is_shunned(const endpoint *e, const shared_bucket *s) {
  for (unsigned i = 0; i < ENDPOINT_SHUNS; i++)
    if (e->shunned[i] && e->shunned[i]->in == s) return true;
  return false;
}

/* Was a limit of requests at once the reason of a refusal? */
static bool is_crowded(const limit_reading *r) {
  return r->overloaded && r->remaining > 0;
}

/* Could it be the same limit, by its numbers, and where that is of requests at once, was it used meanwhile? */
static bool is_alike(const shared_bucket *s, const endpoint *e, const limit_reading *r, int64_t sent) {
  const bucket *own = &e->in->bucket, *b = &s->bucket;
  if (s == e->in || s->members < e->in->members || is_shunned(e, s) || strcmp(s->of, e->in->of) != 0) return false;
  if (b->limit != r->limit || b->concurrent != own->concurrent || !bucket_is_current(b, r)) return false;
  return !is_crowded(r) || b->in_flight || bucket_counted_before(b, sent) < b->answered;
}

/*
 * How well the requests of both explain what the server counted, where those of its own limit are too few: by requests
 * that it had counted for certain, or by those that it may have counted. 0: they do not.
 */
static unsigned explains(const shared_bucket *s, const endpoint *e, const limit_reading *r, int64_t sent) {
  if (!is_alike(s, e, r, sent)) return 0;
  const bucket *own = &e->in->bucket, *b = &s->bucket;
  long theirs = bucket_counted_before(b, sent), ours = bucket_counted_before(own, sent);
  long counted = r->limit - r->remaining;
  if (theirs < 0 || ours < 0 || counted < theirs + ours + !r->overloaded) return 0;
  if (theirs > 0) return CERTAIN;
  return b->used > 0 && (counted <= own->used + b->used || r->overloaded);
}

static void join(endpoint *e, shared_bucket *to) {
  const bucket *own = &e->in->bucket;
  to->bucket.used += own->used - (long)own->in_flight; /* of all that counted there: soon it is another window */
  if (own->least < to->bucket.least) to->bucket.least = own->least;
  to->bucket.budget = to->bucket.least - (long)to->bucket.in_flight;
  move(e, to);
  to->newest = e;
}

static shared_bucket *find_explanation(const endpoint *e, const limit_reading *r, int64_t sent) {
  if (e->suspect && explains(e->suspect, e, r, sent)) return e->suspect;
  for (shared_bucket *s = e->of->buckets; s; s = s->next)
    if (s != e->suspect && explains(s, e, r, sent)) return s;
  return NULL;
}

/* Is there more in the response than our requests that are taken to count here? */
static bool tells_of_others(const bucket *b, const limit_reading *r) {
  if (is_crowded(r)) return b->in_flight < bucket_at_once(b);
  return r->overloaded || r->limit - r->remaining > b->used; /* of what we had left, nothing would be refused */
}

/* A sign is worth something only when the other one was used since the last. */
void sharing_suspect(endpoint *e, const limit_reading *r, int64_t sent, int64_t now) {
  if (!names_window(r, now) || !tells_of_others(&e->in->bucket, r)) return;
  shared_bucket *s = find_explanation(e, r, sent);
  if (!s) return;
  if (s != e->suspect) e->signs = 0;
  if (s == e->suspect && s->bucket.total == e->total) return;
  e->suspect = s;
  e->total = s->bucket.total;
  e->signs += explains(s, e, r, sent);
  if (e->signs >= SURE) join(e, s);
}
