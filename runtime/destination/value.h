/* JSON values as a database's columns hold them: exactly, or as text. */
#ifndef PERIGEE_VALUE_H
#define PERIGEE_VALUE_H

#include "base/bytes.h"
#include "json/json.h"

#include <stdint.h>

typedef enum value_type { VALUE_NULL, VALUE_INTEGER, VALUE_DOUBLE, VALUE_TEXT } value_type;

typedef struct value {
  value_type type;
  int64_t integer; /* of a time that was written so: microseconds since 1970 */
  double number;
  const char *text; /* in the record, or in the caller's `own` */
  size_t length;
  bool is_own;      /* the text stands in `own` until the next call */
  bool is_time;     /* the text is a time in its one form */
  bool is_replaced; /* characters that a database refuses became U+FFFD */
} value;

/*
 * Reads the value at a slice of accepted text. A number that neither an int64 nor a double holds exactly is the text of
 * its digits; a boolean is 1 or 0; an array or object is its JSON, byte for byte. With `is_time`, a text that is a time
 * is written in UTC with six digits and a Z; other texts stay as they are, and so does a time with more digits. False:
 * memory is short.
 */
bool value_read(const char *text, json_slice slice, bool is_time, bytes *own, value *out);

#endif
