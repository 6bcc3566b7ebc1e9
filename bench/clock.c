/* A faster clock for a program that is preloaded with this: BENCH_SPEED of its seconds pass in one, and it waits
   accordingly. Only what perigee and libcurl ask for the time and wait by is here: clock_gettime and poll. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long long SECOND = 1000000000;

static long long speed(void) {
  static long long found;
  if (!found) {
    const char *text = getenv("BENCH_SPEED");
    found = text && atoll(text) > 0 ? atoll(text) : 1;
  }
  return found;
}

static long long began[2]; /* when each clock was first looked at */

int clock_gettime(clockid_t clock, struct timespec *at) {
  int failed = (int)syscall(SYS_clock_gettime, clock, at);
  int which = clock == CLOCK_REALTIME ? 0 : clock == CLOCK_MONOTONIC ? 1 : -1;
  if (failed || which < 0) return failed;
  long long now = at->tv_sec * SECOND + at->tv_nsec;
  if (!began[which]) began[which] = now;
  now = began[which] + (now - began[which]) * speed();
  *at = (struct timespec){.tv_sec = now / SECOND, .tv_nsec = now % SECOND};
  return 0;
}

int poll(struct pollfd *of, nfds_t count, int ms) {
  if (ms < 0) return ppoll(of, count, NULL, NULL);
  long long wait = ms * (SECOND / 1000) / speed();
  return ppoll(of, count, &(struct timespec){.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND}, NULL);
}
