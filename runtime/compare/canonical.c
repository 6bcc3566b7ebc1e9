#include "compare/canonical.h"

#include "json/json_string.h"
#include "json/json_value.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- strings */

/* What cannot stand in a string as it is, in its one escaped form. */
static bool write_escape(const char *p, json_escape read, bytes *out) {
  unsigned char c = (unsigned char)read.utf8[0];
  if (!json_escape_is_refused(p, read)) {
    if (c == '"' || c == '\\') return bytes_append(out, (char[]){'\\', (char)c}, 2);
    return c < ' ' ? bytes_printf(out, "\\u%04x", c) : bytes_append(out, read.utf8, read.size);
  }
  if (c == 0) return bytes_text(out, "\\u0000");
  unsigned code = 0;
  for (int i = 2; i < 6; i++) code = code << 4 | (unsigned)json_hex_digit(p[i]);
  return bytes_printf(out, "\\u%04x", code);
}

static bool write_string(const char *text, json_slice string, bytes *out) {
  const char *p = text + string.start, *end = p + string.length;
  while (p < end) {
    const char *escape = memchr(p, '\\', (size_t)(end - p));
    const char *stop = escape ? escape : end;
    if (!bytes_append(out, p, (size_t)(stop - p))) return false;
    if (!escape) return true;
    json_escape read = json_escape_read(escape, (size_t)(end - escape));
    if (!write_escape(escape, read, out)) return false;
    p = escape + read.taken;
  }
  return true;
}

/* ---- numbers */

#define MOST_EXPONENT INT64_C(1000000000000000) /* beyond, exponents are taken for this one */
#define LONGEST_WHOLE 40                        /* digits before the point, or zeros behind it */

/* 0.DIGITS x 10^point: the digits begin and end with no zero. */
typedef struct decimal {
  bool negative;
  bytes digits;
  int64_t point;
} decimal;

static const char *read_exponent(const char *p, const char *end, int64_t *exponent) {
  bool negative = *p == '-';
  if (*p == '-' || *p == '+') p++;
  for (*exponent = 0; p < end; p++)
    if (*exponent < MOST_EXPONENT) *exponent = *exponent * 10 + (*p - '0');
  if (negative) *exponent = -*exponent;
  return p;
}

/* Zeros before all other digits move the point, and are left out. */
static bool add_digit(decimal *d, char digit, bool whole) {
  bool leads = d->digits.length == 0 && digit == '0';
  if (whole ? !leads : leads) d->point += whole ? 1 : -1;
  return leads || bytes_append(&d->digits, &digit, 1);
}

static bool read_decimal(const char *p, const char *end, decimal *d) {
  bool whole = true, ok = true;
  int64_t exponent = 0;
  if (*p == '-') d->negative = true, p++;
  for (; ok && p < end; p++) {
    if (*p == '.')
      whole = false;
    else if (*p == 'e' || *p == 'E')
      p = read_exponent(p + 1, end, &exponent) - 1;
    else
      ok = add_digit(d, *p, whole);
  }
  d->point += exponent;
  while (d->digits.length && d->digits.data[d->digits.length - 1] == '0') d->digits.length--;
  return ok;
}

static bool write_zeros(int64_t count, bytes *out) {
  bool ok = true;
  for (; ok && count > 0; count--) ok = bytes_append(out, "0", 1);
  return ok;
}

static bool write_in_full(const decimal *d, bytes *out) {
  const bytes *digits = &d->digits;
  if (d->point <= 0)
    return bytes_text(out, "0.") && write_zeros(-d->point, out) && bytes_append(out, digits->data, digits->length);
  size_t whole = (size_t)d->point < digits->length ? (size_t)d->point : digits->length;
  return bytes_append(out, digits->data, whole) && write_zeros(d->point - (int64_t)whole, out) &&
         (whole == digits->length ||
          (bytes_append(out, ".", 1) && bytes_append(out, digits->data + whole, digits->length - whole)));
}

static bool write_with_exponent(const decimal *d, bytes *out) {
  return bytes_append(out, d->digits.data, 1) &&
         (d->digits.length == 1 ||
          (bytes_append(out, ".", 1) && bytes_append(out, d->digits.data + 1, d->digits.length - 1))) &&
         bytes_printf(out, "e%lld", (long long)d->point - 1);
}

/* Most are: an integer as it is written in full. */
static bool is_canonical(const char *p, size_t length) {
  if (length > LONGEST_WHOLE || (*p == '-' && p[1] == '0')) return false;
  for (size_t i = *p == '-'; i < length; i++)
    if (p[i] < '0' || p[i] > '9') return false;
  return true;
}

static bool write_number(const char *text, json_slice number, bytes *out) {
  decimal d = {0};
  if (is_canonical(text + number.start, number.length)) return bytes_append(out, text + number.start, number.length);
  bool ok = read_decimal(text + number.start, text + number.start + number.length, &d);
  if (ok && !d.digits.length) {
    ok = bytes_append(out, "0", 1);
  } else if (ok) {
    bool plain = d.point <= LONGEST_WHOLE && d.point > -LONGEST_WHOLE;
    ok = (!d.negative || bytes_append(out, "-", 1)) && (plain ? write_in_full(&d, out) : write_with_exponent(&d, out));
  }
  bytes_free(&d.digits);
  return ok;
}

/* ---- objects and arrays: recursion is as deep as the text, which json_valid bounds */

static bool write_value(const char *text, json_slice value, bytes *out);

typedef struct member {
  size_t at, length; /* of its name, with quotes, in `names` */
  const char *name;  /* without them, once all are there */
  size_t order;      /* in the text */
  json_slice value;
} member;

typedef struct members {
  member *list;
  size_t count, capacity;
  bytes names;
} members;

int canonical_order(const char *a, size_t a_length, const char *b, size_t b_length) {
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int by_name(const void *a, const void *b) {
  const member *one = a, *other = b;
  int order = canonical_order(one->name, one->length - 2, other->name, other->length - 2);
  return order ? order : (one->order > other->order) - (one->order < other->order);
}

static bool add_member(members *m, const char *text, const json_iterator *it) {
  if (m->count == m->capacity) {
    size_t capacity = m->capacity ? m->capacity * 2 : 16;
    member *more = realloc(m->list, capacity * sizeof *more);
    if (!more) return false;
    m->list = more;
    m->capacity = capacity;
  }
  size_t at = m->names.length;
  if (!write_string(text, it->key, &m->names)) return false;
  m->list[m->count] = (member){.at = at, .length = m->names.length - at, .order = m->count, .value = it->value};
  m->count++;
  return true;
}

static bool is_last_of_name(const members *m, size_t i) {
  const member *one = &m->list[i], *next = one + 1;
  return i + 1 == m->count || canonical_order(one->name, one->length - 2, next->name, next->length - 2) != 0;
}

static bool write_members(members *m, const char *text, bytes *out) {
  bool ok = true, first = true;
  for (size_t i = 0; i < m->count; i++) m->list[i].name = m->names.data + m->list[i].at + 1;
  if (m->count) qsort(m->list, m->count, sizeof *m->list, by_name);
  for (size_t i = 0; ok && i < m->count; i++) {
    const member *one = &m->list[i];
    if (!is_last_of_name(m, i)) continue;
    ok = (first || bytes_append(out, ",", 1)) && bytes_append(out, one->name - 1, one->length) &&
         bytes_append(out, ":", 1) && write_value(text, one->value, out);
    first = false;
  }
  return ok;
}

static bool write_object(const char *text, json_slice object, bytes *out) {
  members m = {0};
  bool ok = bytes_append(out, "{", 1);
  for (json_iterator it = json_iterate(text, object); ok && json_next(&it);) ok = add_member(&m, text, &it);
  ok = ok && write_members(&m, text, out) && bytes_append(out, "}", 1);
  bytes_free(&m.names);
  free(m.list);
  return ok;
}

static bool write_array(const char *text, json_slice array, bytes *out) {
  bool ok = bytes_append(out, "[", 1), first = true;
  for (json_iterator it = json_iterate(text, array); ok && json_next(&it); first = false)
    ok = (first || bytes_append(out, ",", 1)) && write_value(text, it.value, out);
  return ok && bytes_append(out, "]", 1);
}

static bool write_value(const char *text, json_slice value, bytes *out) {
  switch (json_type_of(text, value)) {
  case JSON_OBJECT: return write_object(text, value, out);
  case JSON_ARRAY: return write_array(text, value, out);
  case JSON_STRING: return write_string(text, value, out);
  case JSON_NUMBER: return write_number(text, value, out);
  default: return bytes_append(out, text + value.start, value.length);
  }
}

bool canonical_write(const char *text, json_slice value, bytes *out) {
  return write_value(text, value, out);
}
