/*
 * What a record says, as a key: its bytes without members that change by themselves. The key of a record tells which
 * one it is; by this one a record is known that stayed where it was, and says something else.
 */
#ifndef PERIGEE_ROW_DIGEST_H
#define PERIGEE_ROW_DIGEST_H

#include "page/keyset.h"
#include "json/json.h"

#define ROW_MAX_CHANGING 24

/* Members that change by themselves: names, or paths of names joined by dots, through each object of an array. */
typedef struct row_changing {
  const char *paths[ROW_MAX_CHANGING];
  size_t count;
  const char *to_second; /* NULL; or a member whose time counts by its whole seconds */
} row_changing;

/* The digest of a record of accepted text. `text` is where its slice counts from. */
key row_digest(const char *text, json_slice record, const row_changing *changing);

#endif
