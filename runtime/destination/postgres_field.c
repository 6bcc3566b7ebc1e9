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

/* Is it a number that numeric keeps? It has no sign for zero, and a limit of digits. */
static bool is_numeric(const char *p, size_t length) {
  long whole = 0, fraction = 0, shift = 0;
  bool zero = true, point = false;
  for (size_t i = *p == '-'; i < length; i++) {
    if (p[i] == 'e' || p[i] == 'E') {
      if (length - i > 8) return false;
      shift = strtol(p + i + 1, NULL, 10);
      break;
    }
    if (p[i] == '.') point = true;
    if (p[i] != '.') *(point ? &fraction : &whole) += 1;
    if (p[i] > '0') zero = false;
  }
  return !(zero && *p == '-') && whole + shift <= MOST_PLACES && fraction - shift <= MOST_PLACES &&
         whole <= MOST_PLACES && fraction <= MOST_PLACES;
}

static bool put_number(bytes *out, postgres_type type, const value *v, const char *p, size_t length, bool *fits) {
  *fits = type == POSTGRES_BIGINT ? v->type == VALUE_INTEGER : is_numeric(p, length);
  if (!*fits) return true;
  return type == POSTGRES_BIGINT ? postgres_put_bigint(out, v->integer) : postgres_put_text(out, p, length);
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
