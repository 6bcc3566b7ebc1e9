#include "base/watch.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>

void watch_add(watch **list, watch *w) {
  w->next = *list;
  *list = w;
}

void watch_remove(watch **list, watch *w) {
  for (watch **at = list; *at; at = &(*at)->next) {
    if (*at != w) continue;
    *at = w->next;
    return;
  }
}

static short curl_events(short events) {
  return (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) | (events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
}

unsigned watch_fill(const watch *list, struct curl_waitfd *to) {
  unsigned count = 0;
  for (; list && count < WATCH_MAX; list = list->next)
    to[count++] = (struct curl_waitfd){.fd = list->descriptor, .events = curl_events(list->events)};
  return count;
}

size_t watch_count(const watch *list) {
  size_t count = 0;
  for (; list; list = list->next) count++;
  return count;
}

static watch *find(watch *list, const watch *w) {
  while (list && list != w) list = list->next;
  return list;
}

bool watch_busy(watch *list) {
  while (list && !(list->busy && list->busy(list))) list = list->next;
  return list != NULL;
}

static void tick(watch *w) {
  int64_t now = clock_ticks();
  if (!w->tick || now < w->ticked + WATCH_TICK) return;
  w->ticked = now;
  w->tick(w);
}

/* One that is called may remove itself and others, so each is looked up before it is touched. */
bool watch_run(watch **list) {
  struct pollfd polled[WATCH_MAX];
  watch *of[WATCH_MAX];
  nfds_t count = 0;
  for (watch *w = *list; w && count < WATCH_MAX; w = w->next, count++) {
    polled[count] = (struct pollfd){.fd = w->descriptor, .events = w->events};
    of[count] = w;
  }
  if (count && poll(polled, count, 0) < 0) return errno == EINTR;
  for (nfds_t i = 0; i < count; i++) {
    if (polled[i].revents && find(*list, of[i])) of[i]->ready(of[i]);
    if (find(*list, of[i])) tick(of[i]);
  }
  return true;
}
