/* Descriptors that the loop waits for besides its HTTP transfers: those of child processes. */
#ifndef PERIGEE_WATCH_H
#define PERIGEE_WATCH_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#define WATCH_MAX 120   /* descriptors at once */
#define WATCH_TICK 1000 /* ms */

/* Owned by whoever waits; in the list from watch_add to watch_remove, which may be called at any time. */
typedef struct watch {
  int descriptor;
  short events;                  /* POLLIN, POLLOUT; 0: its end only */
  void (*ready)(struct watch *); /* it can be read or written, or has ended */
  bool (*busy)(
      struct watch *); /* is the process behind it at work, so that it is waited for on a replay? NULL: never */
  void (*tick)(struct watch *); /* every WATCH_TICK or so; may be NULL */
  int64_t ticked;
  void *owner;
  struct watch *next;
} watch;

/* At the beginning of the list. */
void watch_add(watch **list, watch *w);
void watch_remove(watch **list, watch *w);

/* Fills in what a poll is to wait for; returns how many (at most WATCH_MAX). */
unsigned watch_fill(const watch *list, struct curl_waitfd *to);

/* How many there are. */
size_t watch_count(const watch *list);

/* Is any of them busy? */
bool watch_busy(watch *list);

/* Calls `ready` of each whose descriptor has something, and `tick` of each when it is time, without waiting. False:
 * the system does not tell. */
bool watch_run(watch **list);

#endif
