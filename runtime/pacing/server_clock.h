/* A server's clock against ours, learnt from the Date headers of its answers; one that is wrong does not move it. */
#ifndef PERIGEE_SERVER_CLOCK_H
#define PERIGEE_SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* {0} knows nothing yet. */
typedef struct server_clock {
  bool known;
  int64_t lead;     /* ms by which the server's clock is ahead of clock_ticks, at least */
  int64_t stranger; /* the lead that the last answers showed, where it is another */
  unsigned met;     /* how many of them in a row */
} server_clock;

/* An answer that came at tick `now` said that it was `date`, in ms since 1970. */
void server_clock_note(server_clock *c, int64_t date, int64_t now);

#endif
