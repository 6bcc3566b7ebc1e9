/* Members of records that are not stored: secrets that a server returns. */
#ifndef PERIGEE_LEFT_OUT_H
#define PERIGEE_LEFT_OUT_H

#include "base/bytes.h"
#include "json/json.h"

#define LEFT_OUT_MOST 16

/* Members of a record, and of the objects that are its members. */
typedef struct left_out {
  const char *names[LEFT_OUT_MOST];
  size_t count;
} left_out;

/* Is this the key (quotes included) of such a member? */
bool left_out_has(const left_out *out, const char *text, json_slice key);

/* Has a value that is an object such a member? */
bool left_out_occurs(const left_out *out, const char *text, json_slice value);

/* Has a record, or an object that is its member? */
bool left_out_occurs_in_record(const left_out *out, const char *text, size_t length);

/* Appends an object without such members; not one level further down. False: memory is short. */
bool left_out_object(const left_out *out, const char *text, json_slice object, bytes *to);

/* Appends a record without such members, also those of the objects that are its members. False: memory is short. */
bool left_out_record(const left_out *out, const char *text, size_t length, bytes *to);

#endif
