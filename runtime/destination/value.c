#include "destination/value.h"

#include "base/clock.h"
#include "json/json_string.h"
#include "json/json_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DIGITS 17 /* that a double keeps at the most */
#define LONGEST_NUMBER 400
#define FARTHEST_POINT 100000L /* beyond any double's exponent */

/* ---- numbers */

/* "-0" is no such integer: its sign would be lost. */
static bool read_integer(const char *p, size_t length, int64_t *out) {
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

/* The digits of a number without the zeros around them, and where its point stands behind the first of them. */
typedef struct decimal {
  char digits[MOST_DIGITS + 1];
  size_t count; /* more than MOST_DIGITS: the rest is not kept */
  long exponent;
  bool negative;
} decimal;

static decimal read_decimal(const char *p) {
  decimal d = {.negative = *p == '-'};
  size_t zeros = 0;
  bool fraction = false;
  long point = 0;
  for (p += d.negative; *p && *p != 'e' && *p != 'E'; p++) {
    if (*p == '.') {
      fraction = true;
      continue;
    }
    bool leading = *p == '0' && d.count == 0;
    if (leading) point -= fraction;
    if (leading) continue;
    if (!fraction) point++;
    if (*p == '0') {
      zeros++;
      continue;
    }
    for (; zeros; zeros--, d.count++)
      if (d.count < MOST_DIGITS) d.digits[d.count] = '0';
    if (d.count < MOST_DIGITS) d.digits[d.count] = *p;
    d.count++;
  }
  long shift = *p ? strtol(p + 1, NULL, 10) : 0;
  if (shift > FARTHEST_POINT) shift = FARTHEST_POINT;
  if (shift < -FARTHEST_POINT) shift = -FARTHEST_POINT;
  d.exponent = point + shift;
  return d;
}

/* Does the double, printed with as many digits, say the same number? So that nothing of it is lost. */
static bool read_double(const char *p, size_t length, double *out) {
  char text[LONGEST_NUMBER], printed[MOST_DIGITS + 16];
  if (length >= sizeof text) return false;
  memcpy(text, p, length);
  text[length] = 0;
  decimal wanted = read_decimal(text);
  *out = strtod(text, NULL);
  if (!isfinite(*out) || wanted.count > MOST_DIGITS) return false;
  if (wanted.count == 0) return !wanted.negative;
  (void)snprintf(printed, sizeof printed, "%.*e", (int)wanted.count - 1, *out);
  decimal got = read_decimal(printed);
  return got.count == wanted.count && got.exponent == wanted.exponent &&
         memcmp(got.digits, wanted.digits, got.count) == 0;
}

static void read_number(const char *p, size_t length, value *out) {
  bool whole = !memchr(p, '.', length) && !memchr(p, 'e', length) && !memchr(p, 'E', length);
  if (whole && read_integer(p, length, &out->integer)) {
    out->type = VALUE_INTEGER;
  } else if (!whole && read_double(p, length, &out->number)) {
    out->type = VALUE_DOUBLE;
  } else {
    *out = (value){.type = VALUE_TEXT, .text = p, .length = length};
  }
}

/* ---- texts */

/* Unescapes the inside of a string into `own`. */
static bool unescape(const char *p, const char *end, bytes *own, value *out) {
  bytes_clear(own);
  for (const char *stop; p < end; p = stop) {
    const char *escape = memchr(p, '\\', (size_t)(end - p));
    stop = escape ? escape : end;
    if (!bytes_append(own, p, (size_t)(stop - p))) return false;
    if (!escape) break;
    json_escape read = json_escape_read(escape, (size_t)(end - escape));
    bool refused = json_escape_is_refused(escape, read);
    if (!(refused ? bytes_text(own, "\xEF\xBF\xBD") : bytes_append(own, read.utf8, read.size))) return false;
    out->is_replaced = out->is_replaced || refused;
    stop = escape + read.taken;
  }
  out->text = own->data ? own->data : "";
  out->length = own->length;
  out->is_own = true;
  return true;
}

/* The seconds of an offset such as `+02:00` or `-0530` at the text's end, and how long it is; 0: there is none. */
static size_t read_offset(const char *text, size_t length, int64_t *seconds) {
  size_t size = length > 16 && text[length - 3] == ':' ? 6 : 5;
  if (length <= 16 || (text[length - size] != '+' && text[length - size] != '-')) return 0;
  const char *p = text + length - size;
  int digits[4], count = 0;
  for (size_t i = 1; i < size; i++) {
    if (size == 6 && i == 3) continue;
    if (p[i] < '0' || p[i] > '9') return 0;
    digits[count++] = p[i] - '0';
  }
  int64_t hours = digits[0] * 10 + digits[1], minutes = digits[2] * 10 + digits[3];
  *seconds = (hours * 60 + minutes) * (*p == '-' ? -60 : 60);
  return hours < 24 && minutes < 60 ? size : 0;
}

/* More digits than six would be cut. */
static bool is_finer(const char *text, size_t length) {
  const char *point = memchr(text, '.', length);
  for (size_t i = 1; point && point + i < text + length && point[i] >= '0' && point[i] <= '9'; i++)
    if (i > 6 && point[i] != '0') return true;
  return false;
}

static bool write_time(bytes *own, value *out) {
  int64_t us, offset = 0;
  size_t zone = read_offset(out->text, out->length, &offset);
  char written[CLOCK_TEXT_SIZE];
  if (is_finer(out->text, out->length) || !clock_parse(out->text, out->length - zone, &us) ||
      !clock_format(us - offset * 1000000, written))
    return true;
  bytes_clear(own);
  if (!bytes_text(own, written)) return false;
  out->text = own->data;
  out->length = own->length;
  out->is_own = out->is_time = true;
  out->integer = us - offset * 1000000;
  return true;
}

static bool read_string(const char *inside, size_t length, bool is_time, bytes *own, value *out) {
  out->type = VALUE_TEXT;
  if (memchr(inside, '\\', length)) {
    if (!unescape(inside, inside + length, own, out)) return false;
  } else {
    out->text = inside;
    out->length = length;
  }
  return !is_time || write_time(own, out);
}

bool value_read(const char *text, json_slice slice, bool is_time, bytes *own, value *out) {
  const char *p = text + slice.start;
  *out = (value){.type = VALUE_NULL};
  switch (json_type_of(text, slice)) {
  case JSON_ABSENT:
  case JSON_NULL: return true;
  case JSON_FALSE:
  case JSON_TRUE:
    out->type = VALUE_INTEGER;
    out->integer = *p == 't';
    return true;
  case JSON_NUMBER: read_number(p, slice.length, out); return true;
  case JSON_STRING: return read_string(p + 1, slice.length - 2, is_time, own, out);
  case JSON_ARRAY:
  case JSON_OBJECT: *out = (value){.type = VALUE_TEXT, .text = p, .length = slice.length};
  }
  return true;
}
