#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define SECOND INT64_C(1000000)

int64_t clock_now(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) return 0;
  return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t clock_ticks(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) return 0;
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool clock_format(int64_t us, char out[CLOCK_TEXT_SIZE]) {
  int64_t seconds = us / SECOND, rest = us % SECOND;
  if (rest < 0) {
    rest += SECOND;
    seconds--;
  }
  time_t when = (time_t)seconds;
  struct tm t;
  if (!gmtime_r(&when, &t) || t.tm_year < -1899 || t.tm_year > 8099) return false;
  int n = snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", t.tm_year + 1900, t.tm_mon + 1,
                   t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)rest);
  return n > 0 && n < CLOCK_TEXT_SIZE;
}
