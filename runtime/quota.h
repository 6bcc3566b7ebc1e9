/* What a server's answers say of its limits: which headers tell it, and what its clock shows against ours. */
#ifndef PERIGEE_QUOTA_H
#define PERIGEE_QUOTA_H

#include "bytes.h"
#include "governor.h"
#include "http.h"
#include "server_clock.h"

/* The names of headers; the values of those that an answer lacks are taken as not said. */
typedef enum quota_header {
  QUOTA_LIMIT,
  QUOTA_REMAINING,
  QUOTA_RESET, /* seconds since 1970, by the server's clock */
  QUOTA_CONCURRENT_LIMIT,
  QUOTA_HEADERS
} quota_header;

typedef struct quota {
  bytes origin;
  bytes names[QUOTA_HEADERS];
  server_clock clock;
  struct quota *next;
} quota;

/* Keeps what holds for an origin, replacing what was said before. False: memory is short, or `url` is none. */
bool quota_set(quota **list, const char *url, const char *const names[QUOTA_HEADERS]);

bool quota_has(quota *list, const char *url);

/* Reads an answer's headers, or why none came. Of an origin that was never set, only `overloaded` is said. */
governor_reading quota_read(quota *list, const http_exchange *x, int64_t now);
void quota_free(quota *list);

#endif
