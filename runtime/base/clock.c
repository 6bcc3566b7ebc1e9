#include "base/clock.h"

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

void clock_pause(int64_t ms) {
  (void)nanosleep(&(struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* So many digits of a number that is not negative, with a sign behind them. */
static char *write_digits(char *p, unsigned number, int count, char sign) {
  for (int i = count; i-- > 0; number /= 10) p[i] = (char)('0' + number % 10);
  p[count] = sign;
  return p + count + 1;
}

/* No snprintf: there is a time in most records, or several. */
bool clock_format(int64_t us, char out[CLOCK_TEXT_SIZE]) {
  int64_t seconds = us / SECOND, rest = us % SECOND;
  if (rest < 0) {
    rest += SECOND;
    seconds--;
  }
  time_t when = (time_t)seconds;
  struct tm t;
  if (!gmtime_r(&when, &t) || t.tm_year < -1899 || t.tm_year > 8099) return false;
  char *p = write_digits(out, (unsigned)(t.tm_year + 1900), 4, '-');
  p = write_digits(p, (unsigned)t.tm_mon + 1, 2, '-');
  p = write_digits(p, (unsigned)t.tm_mday, 2, 'T');
  p = write_digits(p, (unsigned)t.tm_hour, 2, ':');
  p = write_digits(p, (unsigned)t.tm_min, 2, ':');
  p = write_digits(p, (unsigned)t.tm_sec, 2, '.');
  *write_digits(p, (unsigned)rest, 6, 'Z') = 0;
  return true;
}
