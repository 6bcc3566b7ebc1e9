#include "destination/value.h"

#include "base/clock.h"
#include "json/json_number.h"
#include "json/json_string.h"
#include "json/json_value.h"

#include <math.h>
#include <string.h>

/* ---- numbers */

/* The sign of a zero would be lost in a column. */
static bool is_negative_zero(double number) {
  return number == 0 && signbit(number);
}

static void read_number(const char *p, size_t length, value *out) {
  bool whole = json_number_is_whole(p, length);
  if (whole && json_read_integer(p, length, &out->integer)) {
    out->type = VALUE_INTEGER;
  } else if (!whole && json_read_double(p, length, &out->number) && !is_negative_zero(out->number)) {
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
  if (!point) point = memchr(text, ',', length);
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
