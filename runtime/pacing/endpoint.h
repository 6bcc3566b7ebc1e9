/* What governor.c and sharing.c know of endpoints and limits; for them alone. */
#ifndef PERIGEE_ENDPOINT_H
#define PERIGEE_ENDPOINT_H

#include "base/bytes.h"
#include "pacing/bucket.h"

typedef struct governor governor; /* as in governor.h */
typedef struct endpoint endpoint;

#define ENDPOINT_SHUNS 8

/* A limit with its place in the governor's list. */
typedef struct shared_bucket {
  bucket bucket;
  char *of;         /* origin and method of all that count in it */
  bool common;      /* of all endpoints that were told to have no limit of their own */
  unsigned members; /* endpoints that are taken to count in it */
  endpoint *newest; /* the last that joined by what responses said; NULL: none is left */
  struct shared_bucket *next;
} shared_bucket;

struct endpoint {
  governor *of;
  char *name; /* origin, method and name, joined by spaces */
  shared_bucket *in;
  unsigned in_flight;
  unsigned allowed; /* at once */
  unsigned good;    /* responses since it last changed */
  bool named;       /* the server named a limit of that */
  bool strained;    /* it was too much once: from then on it grows slowly */

  /* sharing.c's: the limit in which it seems to count, and why */
  shared_bucket *suspect;
  unsigned signs;
  uint64_t total;                    /* responses that counted in it, at the last sign */
  endpoint *shunned[ENDPOINT_SHUNS]; /* with which it seemed to count, and does not */
  unsigned shuns;
  struct endpoint *next;
};

/* What is told of an origin's limits. */
typedef struct told_limits {
  bytes origin;
  unsigned share;
  bytes own; /* names of endpoints with limits of their own, each with a zero byte behind it */
  struct told_limits *next;
} told_limits;

struct governor {
  unsigned max, in_flight;
  endpoint *endpoints;
  shared_bucket *buckets;
  told_limits *told;
};

#endif
