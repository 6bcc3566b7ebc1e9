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

/* Reads exactly `digits` digits; every reader below moves *at and stays before end. */
static bool read_digits(const char **at, const char *end, int digits, int *value) {
  *value = 0;
  for (int i = 0; i < digits; i++, (*at)++) {
    if (*at >= end || **at < '0' || **at > '9') return false;
    *value = *value * 10 + (**at - '0');
  }
  return true;
}

static bool read_sign(const char **at, const char *end, char sign) {
  if (*at >= end || **at != sign) return false;
  (*at)++;
  return true;
}

static bool leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01, by the civil calendar (the count of days before a year, of leap days, and of days in it). */
static int64_t days_of(int year, int month, int day) {
  static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  int64_t y = year - 1;
  int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;
  return days + before[month - 1] + (month > 2 && leap(year)) + day - 1;
}

static bool read_date(const char **at, const char *end, int64_t *us) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year, month, day;
  if (!read_digits(at, end, 4, &year) || !read_sign(at, end, '-')) return false;
  if (!read_digits(at, end, 2, &month) || !read_sign(at, end, '-') || !read_digits(at, end, 2, &day)) return false;
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day > lengths[month - 1] + (month == 2 && leap(year))) return false;
  *us = days_of(year, month, day) * 86400 * SECOND;
  return true;
}

static bool read_fraction(const char **at, const char *end, int64_t *us) {
  const char *first = *at;
  int64_t unit = SECOND / 10;
  for (; *at < end && **at >= '0' && **at <= '9'; (*at)++, unit /= 10) *us += unit * (**at - '0');
  return *at > first;
}

static bool read_time(const char **at, const char *end, int64_t *us) {
  int hour, minute, second;
  if (!read_digits(at, end, 2, &hour) || !read_sign(at, end, ':')) return false;
  if (!read_digits(at, end, 2, &minute) || !read_sign(at, end, ':')) return false;
  if (!read_digits(at, end, 2, &second)) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  *us += ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * SECOND;
  return !read_sign(at, end, '.') || read_fraction(at, end, us);
}

static bool read_zone(const char **at, const char *end, int64_t *us) {
  int hours, minutes;
  if (*at == end || read_sign(at, end, 'Z')) return true;
  int64_t direction = **at == '-' ? 1 : -1;
  if (!read_sign(at, end, '+') && !read_sign(at, end, '-')) return false;
  if (!read_digits(at, end, 2, &hours)) return false;
  read_sign(at, end, ':');
  if (!read_digits(at, end, 2, &minutes) || hours > 23 || minutes > 59) return false;
  *us += direction * ((int64_t)hours * 3600 + (int64_t)minutes * 60) * SECOND;
  return true;
}

bool clock_parse(const char *text, size_t length, int64_t *us) {
  const char *at = text, *end = text + length;
  int64_t value = 0;
  if (!read_date(&at, end, &value)) return false;
  if (at < end) {
    if (!read_sign(&at, end, 'T') && !read_sign(&at, end, ' ')) return false;
    if (!read_time(&at, end, &value) || !read_zone(&at, end, &value)) return false;
  }
  *us = value;
  return at == end;
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
