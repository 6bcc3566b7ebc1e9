#include "json/json_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 17 /* that a double keeps at the most */
#define LONGEST_NUMBER 400
#define FARTHEST_POINT 100000000L /* beyond any double's exponent, and any text's length */

bool json_number_is_whole(const char *p, size_t length) {
  return !memchr(p, '.', length) && !memchr(p, 'e', length) && !memchr(p, 'E', length);
}

bool json_read_integer(const char *p, size_t length, int64_t *out) {
  bool negative = *p == '-';
  size_t at = negative ? 1 : 0;
  int64_t number = 0;
  if (negative && length == 2 && p[1] == '0') return false;
  for (; at < length; at++) {
    int digit = p[at] - '0';
    if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
        __builtin_sub_overflow(number, digit, &number))
      return false;
  }
  if (!negative && number == INT64_MIN) return false;
  *out = negative ? number : -number;
  return true;
}

size_t json_print_float(double number, char text[JSON_FLOAT_SIZE]) {
  int length = 0;
  for (int digits = 15; digits <= MOST_DIGITS; digits++) {
    length = snprintf(text, JSON_FLOAT_SIZE, "%.*g", digits, number);
    if (strtod(text, NULL) == number) break;
  }
  return (size_t)length;
}

/* The significant digits of a number, among which its point may stand, and the place of that behind the first of them.
 */
typedef struct decimal {
  const char *first, *end; /* both are digits other than 0; `end` is behind it. Equal: the number is 0 */
  long exponent;
  bool negative;
} decimal;

static long shift_of(const char *p, const char *end) {
  long shift = 0;
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  for (; p < end && shift < FARTHEST_POINT; p++) shift = shift * 10 + (*p - '0');
  return negative ? -shift : shift;
}

static decimal read_decimal(const char *p, size_t length) {
  const char *end = p + length, *stop = p, *point = NULL;
  decimal d = {.negative = *p == '-'};
  for (p += d.negative; stop < end && *stop != 'e' && *stop != 'E'; stop++)
    if (*stop == '.') point = stop;
  if (!point) point = stop;
  d.first = p;
  d.end = stop;
  while (d.first < d.end && (*d.first == '0' || *d.first == '.')) d.first++;
  while (d.end > d.first && (d.end[-1] == '0' || d.end[-1] == '.')) d.end--;
  if (d.first == d.end) return d;
  d.exponent = (long)(d.first < point ? point - d.first : point + 1 - d.first);
  if (stop < end) d.exponent += shift_of(stop + 1, end);
  return d;
}

/* The next significant digit; '0' where there are no more. */
static char next_digit(const char **at, const char *end) {
  if (*at < end && **at == '.') ++*at;
  return *at < end ? *(*at)++ : '0';
}

static int compare_sizes(const decimal *a, const decimal *b) {
  if (a->first == a->end || b->first == b->end) return (a->first != a->end) - (b->first != b->end);
  if (a->exponent != b->exponent) return a->exponent < b->exponent ? -1 : 1;
  for (const char *x = a->first, *y = b->first; x < a->end || y < b->end;) {
    int difference = next_digit(&x, a->end) - next_digit(&y, b->end);
    if (difference) return difference;
  }
  return 0;
}

static bool is_zero(const decimal *d) {
  return d->first == d->end;
}

int json_compare_numbers(const char *a, size_t a_length, const char *b, size_t b_length) {
  decimal x = read_decimal(a, a_length), y = read_decimal(b, b_length);
  int sign_x = is_zero(&x) ? 0 : x.negative ? -1 : 1, sign_y = is_zero(&y) ? 0 : y.negative ? -1 : 1;
  if (sign_x != sign_y) return sign_x - sign_y;
  return sign_x < 0 ? -compare_sizes(&x, &y) : compare_sizes(&x, &y);
}

static size_t digits_of(const decimal *d) {
  return (size_t)(d->end - d->first) - (memchr(d->first, '.', (size_t)(d->end - d->first)) ? 1 : 0);
}

bool json_read_double(const char *p, size_t length, double *out) {
  char text[LONGEST_NUMBER], printed[MOST_DIGITS + 16];
  if (length >= sizeof text) return false;
  memcpy(text, p, length);
  text[length] = 0;
  decimal wanted = read_decimal(text, length);
  *out = strtod(text, NULL);
  if (!isfinite(*out)) return false;
  if (is_zero(&wanted)) return true;
  size_t digits = digits_of(&wanted);
  if (digits > MOST_DIGITS) return false;
  int size = snprintf(printed, sizeof printed, "%.*e", (int)digits - 1, *out);
  return json_compare_numbers(text, length, printed, (size_t)size) == 0;
}
