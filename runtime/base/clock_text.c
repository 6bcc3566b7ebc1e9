/* Times as servers write them. Every reader below moves *at, stays before end, and leaves *at where it was if it fails.
 */
#include "base/clock.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define SECOND INT64_C(1000000)

typedef struct reader {
  const char *at, *end;
} reader;

/* Digits, so many at the least and at the most. */
static bool read_digits(reader *r, int least, int most, int *value) {
  const char *at = r->at;
  int count = 0;
  for (*value = 0; count < most && at < r->end && *at >= '0' && *at <= '9'; count++)
    *value = *value * 10 + (*at++ - '0');
  if (count < least) return false;
  r->at = at;
  return true;
}

static bool read_any(reader *r, const char *signs) {
  if (r->at >= r->end || !*r->at || !strchr(signs, *r->at)) return false;
  r->at++;
  return true;
}

static void skip_blanks(reader *r) {
  while (r->at < r->end && *r->at == ' ') r->at++;
}

/* Between a mail's words, also where its lines are folded (RFC 5322, 3.2.2). */
static bool read_space(reader *r) {
  const char *from = r->at;
  while (read_any(r, " \t\r\n")) continue;
  return r->at > from;
}

/* Of a mail's time, such as the zone's name behind its offset. */
static bool read_comment(reader *r) {
  read_space(r);
  if (r->at == r->end) return true;
  if (*r->at != '(' || r->end[-1] != ')') return false;
  r->at = r->end;
  return true;
}

/* A word of letters: its place among these, in any case; -1: none of them. */
static int read_word(reader *r, const char *const *words) {
  size_t length = 0;
  while (r->at + length < r->end && isalpha((unsigned char)r->at[length])) length++;
  for (int i = 0; length && words[i]; i++) {
    if (strlen(words[i]) != length || strncasecmp(words[i], r->at, length) != 0) continue;
    r->at += length;
    return i;
  }
  return -1;
}

/* ---- dates */

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

static bool make_date(int year, int month, int day, int64_t *us) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day > lengths[month - 1] + (month == 2 && leap(year))) return false;
  *us = days_of(year, month, day) * 86400 * SECOND;
  return true;
}

/* 2026-01-31 */
static bool read_iso_date(reader *r, int64_t *us) {
  int year, month, day;
  return read_digits(r, 4, 4, &year) && read_any(r, "-") && read_digits(r, 2, 2, &month) && read_any(r, "-") &&
         read_digits(r, 2, 2, &day) && make_date(year, month, day, us);
}

static int read_month(reader *r) {
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
                                       "Aug", "Sep", "Oct", "Nov", "Dec", NULL};
  return read_word(r, months) + 1;
}

/* Two digits are of this century, or of the last one. */
static bool read_year(reader *r, int *year) {
  const char *from = r->at;
  if (!read_digits(r, 2, 4, year) || r->at - from == 3) return false;
  if (r->at - from == 2) *year += *year < 70 ? 2000 : 1900;
  return true;
}

/* ---- times of day */

static bool read_fraction(reader *r, int64_t *us) {
  const char *first = r->at;
  int64_t unit = SECOND / 10;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10) *us += unit * (*r->at - '0');
  return r->at > first;
}

/* 18:21, 18:21:07 or 18:21:07.123456 */
static bool read_time(reader *r, int64_t *us) {
  int hour, minute, second = 0;
  if (!read_digits(r, 2, 2, &hour) || !read_any(r, ":") || !read_digits(r, 2, 2, &minute)) return false;
  bool seconds = read_any(r, ":");
  if (seconds && !read_digits(r, 2, 2, &second)) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  *us += ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * SECOND;
  return !seconds || !read_any(r, ".,") || read_fraction(r, us);
}

/* ---- zones */

static bool read_offset(reader *r, int64_t *us) {
  int hours, minutes = 0;
  int64_t direction = *r->at == '-' ? 1 : -1;
  if (!read_any(r, "+-") || !read_digits(r, 2, 2, &hours)) return false;
  bool more = read_any(r, ":") || (r->at < r->end && isdigit((unsigned char)*r->at));
  if (more && !read_digits(r, 2, 2, &minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  *us += direction * ((int64_t)hours * 3600 + (int64_t)minutes * 60) * SECOND;
  return true;
}

/* Those of RFC 2822 that have a meaning, and Z. */
static bool read_name(reader *r, int64_t *us) {
  static const char *const names[] = {"Z",   "UTC", "GMT", "UT",  "EST", "EDT", "CST",
                                      "CDT", "MST", "MDT", "PST", "PDT", NULL};
  static const int hours[] = {0, 0, 0, 0, 5, 4, 6, 5, 7, 6, 8, 7};
  int zone = read_word(r, names);
  if (zone < 0) return false;
  *us += (int64_t)hours[zone] * 3600 * SECOND;
  return true;
}

static bool read_zone(reader *r, int64_t *us) {
  if (r->at < r->end && (*r->at == '+' || *r->at == '-')) return read_offset(r, us);
  return read_name(r, us);
}

/* ---- the forms */

/* 2026-01-31, with T or a blank a time, and perhaps a zone: ISO 8601 and RFC 3339, as servers write them. */
static bool read_iso(reader r, int64_t *us) {
  if (!read_iso_date(&r, us)) return false;
  if (r.at == r.end) return true;
  if (!read_any(&r, "Tt ") || !read_time(&r, us)) return false;
  if (r.at == r.end) return true;
  skip_blanks(&r);
  return read_zone(&r, us) && r.at == r.end;
}

/* The day of the week says nothing that the date does not. */
static void skip_weekday(reader *r) {
  static const char *const days[] = {"Mon",      "Tue",    "Wed",      "Thu",     "Fri",
                                     "Sat",      "Sun",    "Monday",   "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday", "Sunday",  NULL};
  if (read_word(r, days) >= 0) read_any(r, ",");
  read_space(r);
}

static bool read_gap(reader *r) {
  return read_any(r, "-") || read_space(r);
}

/* Sat, 31 Jan 2026 18:21:07 GMT; Saturday, 31-Jan-26 18:21:07 GMT: RFC 2822 and RFC 9110. They have a zone. */
static bool read_mail(reader r, int64_t *us) {
  int day, month, year;
  skip_weekday(&r);
  if (!read_digits(&r, 1, 2, &day) || !read_gap(&r) || !(month = read_month(&r)) || !read_gap(&r)) return false;
  if (!read_year(&r, &year) || !make_date(year, month, day, us) || !read_space(&r) || !read_time(&r, us)) return false;
  return read_space(&r) && read_zone(&r, us) && read_comment(&r);
}

/* Sat Jan 31 18:21:07 2026, as C writes it: in UTC, by RFC 9110. */
static bool read_asctime(reader r, int64_t *us) {
  int day, month, year;
  int64_t time = 0;
  skip_weekday(&r);
  if (!(month = read_month(&r)) || !read_any(&r, " ")) return false;
  skip_blanks(&r);
  if (!read_digits(&r, 1, 2, &day) || !read_any(&r, " ") || !read_time(&r, &time) || !read_any(&r, " ")) return false;
  if (!read_digits(&r, 4, 4, &year) || !make_date(year, month, day, us)) return false;
  *us += time;
  return r.at == r.end;
}

bool clock_parse(const char *text, size_t length, int64_t *us) {
  reader r = {text, text + length};
  int64_t value = 0;
  if (!read_iso(r, &value) && !read_mail(r, &value) && !read_asctime(r, &value)) return false;
  *us = value;
  return true;
}

/* ---- numbers */

#define MOST_MANTISSA INT64_C(100000000000000000) /* one digit more fits */

/* Digits, into a whole number times ten to the power. Of those that it does not hold, the place alone counts. */
static bool add_digits(reader *r, bool fraction, int64_t *mantissa, int64_t *power) {
  const char *first = r->at;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
    bool holds = *mantissa < MOST_MANTISSA;
    if (holds) *mantissa = *mantissa * 10 + (*r->at - '0');
    *power += holds && fraction ? -1 : !holds && !fraction;
  }
  return r->at > first;
}

/* Java, for one, writes 1.7E9 for a double. */
static bool read_exponent(reader *r, int64_t *power) {
  if (!read_any(r, "eE")) return true;
  bool negative = r->at < r->end && *r->at == '-';
  int value;
  if (!negative) read_any(r, "+");
  r->at += negative;
  if (!read_digits(r, 1, 4, &value)) return false;
  *power += negative ? -value : value;
  return true;
}

bool clock_parse_number(const char *text, size_t length, int64_t unit, int64_t *us) {
  reader r = {text, text + length};
  int64_t value = 0, power = 0;
  bool negative = read_any(&r, "-");
  if (!add_digits(&r, false, &value, &power)) return false;
  if (read_any(&r, ".") && !add_digits(&r, true, &value, &power)) return false;
  if (!read_exponent(&r, &power) || r.at != r.end) return false;
  for (; unit >= 10; unit /= 10) power++;
  for (; power > 0 && value; power--)
    if (__builtin_mul_overflow(value, 10, &value)) return false;
  for (; power < 0 && value; power++) value /= 10;
  *us = negative ? -value : value;
  return *us >= CLOCK_EARLIEST && *us <= CLOCK_LATEST;
}
