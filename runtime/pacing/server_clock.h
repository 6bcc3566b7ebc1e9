/* A server's clock against ours, learnt from the Date headers of its responses; one that is wrong does not move it. */
#ifndef PERIGEE_SERVER_CLOCK_H
#define PERIGEE_SERVER_CLOCK_H

#include "http/http_exchange.h"

#include <stdbool.h>
#include <stdint.h>

/* {0} knows nothing yet. */
typedef struct server_clock {
  bool known;
  int64_t lead;     /* ms by which the server's clock is ahead of clock_ticks, at least */
  int64_t stranger; /* the lead of the last responses, where it is another */
  unsigned met;     /* how many of them in a row */
} server_clock;

/* Learns from a response: it came at tick `now` and was dated `date`, in ms since 1970. */
void server_clock_note(server_clock *c, int64_t date, int64_t now);

/* When the server sent a response, by its Date: microseconds since 1970; `otherwise` where that is not said. */
int64_t server_clock_date(const http_exchange *x, int64_t otherwise);

#endif
