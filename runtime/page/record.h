/* Changes to one record by splicing: all else keeps its bytes. Records are objects of accepted text. */
#ifndef PERIGEE_RECORD_H
#define PERIGEE_RECORD_H

#include "base/bytes.h"
#include "json/json.h"

/* The value of a member, the last one where the name comes twice; absent when it is not there. */
json_slice record_member(const char *text, json_slice record, const char *name, size_t length);

/*
 * Appends the record to `out` with one member of this name, of this value (JSON): in the place of the last one that it
 * had; at its end when it had none. False: memory is short.
 */
bool record_set(const char *text, json_slice record, const char *name, size_t length, const bytes *value, bytes *out);

/* Appends the record to `out` without any member of this name. False: memory is short. */
bool record_without(const char *text, json_slice record, const char *name, size_t length, bytes *out);

/* The kinds of values by JSON Schema, as bits. */
enum {
  RECORD_NULL = 1,
  RECORD_BOOLEAN = 2,
  RECORD_INTEGER = 4,
  RECORD_NUMBER = 8, /* with a fraction or an exponent */
  RECORD_STRING = 16,
  RECORD_ARRAY = 32,
  RECORD_OBJECT = 64
};
unsigned record_kind(const char *text, json_slice value);
const char *record_kind_name(unsigned kind);

#endif
