/* Values in the binary form of COPY: a length and bytes in the order of the network, as they are in PostgreSQL. */
#include "base/clock.h"
#include "destination/postgres_table.h"
#include "destination/value.h"
#include "page/record.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH INT64_C(946684800000000) /* microseconds from 1970 to 2000 */
#define MOST_PLACES 1000L              /* of a number, before its point and behind it: numeric takes more */

static bool put_length(bytes *out, size_t length) {
  uint32_t there = htonl((uint32_t)length);
  return length < (size_t)1 << 30 && bytes_append(out, &there, sizeof there);
}

bool postgres_put_null(bytes *out) {
  return bytes_append(out, "\377\377\377\377", 4);
}

bool postgres_put_text(bytes *out, const char *text, size_t length) {
  return put_length(out, length) && bytes_append(out, text, length);
}

bool postgres_put_bigint(bytes *out, int64_t number) {
  uint64_t there = htobe64((uint64_t)number);
  return postgres_put_text(out, (const char *)&there, sizeof there);
}

bool postgres_put_count(bytes *out, size_t count) {
  uint16_t there = htons((uint16_t)count);
  return bytes_append(out, &there, sizeof there);
}

/* The digits of a number without its sign and point, and where that stands behind the first of them. */
typedef struct decimal {
  char digits[2 * MOST_PLACES];
  long count, point, places; /* `places`: behind the point, as they are written */
  bool negative, is_zero;
} decimal;

/* False: numeric does not keep it. It has no sign for zero, and a limit of digits. */
static bool read_decimal(decimal *d, const char *p, size_t length) {
  long whole = 0, shift = 0;
  bool fraction = false;
  d->count = 0;
  d->negative = *p == '-';
  d->is_zero = true;
  for (size_t i = d->negative; i < length; i++) {
    if (p[i] == 'e' || p[i] == 'E') {
      if (length - i > 8) return false;
      shift = strtol(p + i + 1, NULL, 10);
      break;
    }
    fraction = fraction || p[i] == '.';
    if (p[i] == '.') continue;
    if (d->count == sizeof d->digits) return false;
    d->digits[d->count++] = p[i];
    whole += !fraction;
    d->is_zero = d->is_zero && p[i] == '0';
  }
  d->point = whole + shift;
  d->places = d->count - d->point > 0 ? d->count - d->point : 0;
  return !(d->is_zero && d->negative) && d->point <= MOST_PLACES && d->places <= MOST_PLACES;
}

/* The digit at a place, which may lie before the first one or behind the last. */
static unsigned digit(const decimal *d, long at) {
  return at < 0 || at >= d->count ? 0 : (unsigned)(d->digits[at] - '0');
}

static unsigned group(const decimal *d, long at) {
  return ((digit(d, at) * 10 + digit(d, at + 1)) * 10 + digit(d, at + 2)) * 10 + digit(d, at + 3);
}

static bool put_short(bytes *out, long number) {
  uint16_t there = htons((uint16_t)number);
  return bytes_append(out, &there, sizeof there);
}

/* Groups of four digits, the first of which stands `weight` groups before the point; no empty ones at either end. */
static bool put_numeric(bytes *out, const decimal *d) {
  long first = d->point & 3 ? (d->point & 3) - 4 : 0, end = first;
  while (end < d->count) end += 4;
  while (first < end && !group(d, first)) first += 4;
  while (first < end && !group(d, end - 4)) end -= 4;
  long groups = (end - first) / 4, weight = groups ? (d->point - first) / 4 - 1 : 0;
  bool ok = put_length(out, (size_t)(8 + 2 * groups)) && put_short(out, groups) && put_short(out, weight) &&
            put_short(out, d->negative ? 0x4000 : 0) && put_short(out, d->places);
  for (; ok && first < end; first += 4) ok = put_short(out, group(d, first));
  return ok;
}

static bool put_number(bytes *out, postgres_type type, const value *v, const char *p, size_t length, bool *fits) {
  decimal d;
  if (type == POSTGRES_BIGINT) {
    *fits = v->type == VALUE_INTEGER;
    return !*fits || postgres_put_bigint(out, v->integer);
  }
  *fits = read_decimal(&d, p, length);
  return !*fits || put_numeric(out, &d);
}

/* value_read writes a time that it can read in one form; another text may be finer, or no time. */
static bool put_time(bytes *out, const value *v, bool *fits) {
  *fits = v->is_time;
  return !*fits || postgres_put_bigint(out, v->integer - EPOCH);
}

static bool fits_kind(postgres_type type, unsigned kind) {
  switch (type) {
  case POSTGRES_TEXT: return true;
  case POSTGRES_BIGINT: return kind == RECORD_INTEGER;
  case POSTGRES_NUMERIC: return kind == RECORD_INTEGER || kind == RECORD_NUMBER;
  case POSTGRES_BOOLEAN: return kind == RECORD_BOOLEAN;
  case POSTGRES_TIME: return kind == RECORD_STRING;
  case POSTGRES_JSON: return kind == RECORD_ARRAY || kind == RECORD_OBJECT;
  default: return false;
  }
}

bool postgres_put(bytes *out, postgres_type type, const char *text, json_slice slice, bytes *own, bool *fits,
                  bool *is_replaced) {
  unsigned kind = record_kind(text, slice);
  const char *p = text + slice.start;
  value v = {0};
  *fits = fits_kind(type, kind);
  if (!*fits) return true;
  if (kind == RECORD_STRING || type == POSTGRES_BIGINT)
    if (!value_read(text, slice, type == POSTGRES_TIME, own, &v)) return false;
  *is_replaced = v.is_replaced;
  switch (type) {
  case POSTGRES_BIGINT:
  case POSTGRES_NUMERIC: return put_number(out, type, &v, p, slice.length, fits);
  case POSTGRES_BOOLEAN: return postgres_put_text(out, *p == 't' ? "\1" : "\0", 1);
  case POSTGRES_TIME: return put_time(out, &v, fits);
  default:
    return kind == RECORD_STRING ? postgres_put_text(out, v.text, v.length) : postgres_put_text(out, p, slice.length);
  }
}
