/* What a server's answers say of its limits: which headers tell it, and what its clock shows against ours. */
#ifndef PERIGEE_RATE_HEADERS_H
#define PERIGEE_RATE_HEADERS_H

#include "base/bytes.h"
#include "http/http.h"
#include "pacing/governor.h"
#include "pacing/server_clock.h"

/* The names of headers; the values of those that an answer lacks are taken as not said. */
typedef enum rate_header {
  RATE_LIMIT,
  RATE_REMAINING,
  RATE_RESET, /* seconds since 1970, by the server's clock */
  RATE_CONCURRENT_LIMIT,
  RATE_HEADERS
} rate_header;

typedef struct rate_headers {
  bytes origin;
  bytes names[RATE_HEADERS];
  server_clock clock;
  struct rate_headers *next;
} rate_headers;

/* Keeps what holds for an origin, replacing what was said before. False: memory is short, or `url` is none. */
bool rate_headers_set(rate_headers **list, const char *url, const char *const names[RATE_HEADERS]);

bool rate_headers_has(rate_headers *list, const char *url);

/* Reads an answer's headers, or why none came. Of an origin that was never set, only `overloaded` is said. */
governor_reading rate_headers_read(rate_headers *list, const http_exchange *x, int64_t now);
void rate_headers_free(rate_headers *list);

#endif
