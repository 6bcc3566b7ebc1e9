/*
 * Rate limits as responses name them: in headers of the API's own, in Retry-After, by a status or a silence that means
 * "too much". They are read here alone; the governor and scripts/api/retry.lua decide what follows.
 */
#ifndef PERIGEE_RATE_HEADERS_H
#define PERIGEE_RATE_HEADERS_H

#include "base/bytes.h"
#include "http/http_exchange.h"
#include "pacing/bucket.h"
#include "pacing/server_clock.h"

/* Limits whose headers each API names in its own way. */
typedef enum rate_header {
  RATE_LIMIT,            /* requests a window */
  RATE_REMAINING,        /* of these */
  RATE_RESET,            /* the window's end: seconds since 1970, by the server's clock */
  RATE_CONCURRENT_LIMIT, /* requests at once */
  RATE_HEADERS
} rate_header;

typedef struct rate_headers rate_headers; /* a list, by origin; NULL: empty */

/*
 * Sets the names for an origin, in place of any before. Each may be several, separated by `|`, of which the first that
 * has a number counts; `NAME:key` is what stands behind `key=` in the header, as in `RateLimit: "default";r=50;t=30`;
 * of several such limits, of the one that has the least `r`. A reset may also be in milliseconds since 1970, or in
 * seconds from the response on. False: memory is short, or `url` is none.
 */
bool rate_headers_set(rate_headers **list, const char *url, const char *const names[RATE_HEADERS]);
bool rate_headers_has(rate_headers *list, const char *url);
void rate_headers_free(rate_headers *list);

/* The limits in a response; -1: not there. */
typedef struct rate_limits {
  int64_t values[RATE_HEADERS];
  bool limited;        /* it was refused because it was too much: by 429, or by a 403 that says so */
  int64_t window_left; /* ms from the response on to the window's end */
  int64_t retry_after; /* ms from the response on, in which a refused request would be refused again; capped */
} rate_limits;

/* `now`: in microseconds since 1970, the server's time where it does not say it. Of what is no response: all -1. */
rate_limits rate_headers_read(rate_headers *list, const http_exchange *x, int64_t now);

/*
 * The same for the governor, of an exchange that ended at tick `now`; the server's clock is learnt on the way. Of an
 * origin without names, only `overloaded` is known.
 */
limit_reading rate_headers_learn(rate_headers *list, const http_exchange *x, int64_t now);

#endif
