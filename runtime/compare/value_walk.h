/* Where two values of canonical form (canonical.h) differ: objects and arrays of one length are gone into. */
#ifndef PERIGEE_VALUE_WALK_H
#define PERIGEE_VALUE_WALK_H

#include "base/bytes.h"
#include "json/json.h"

/* A value, and the text that it is in. Absent (length 0): the other side alone has it. */
typedef struct walked_value {
  const char *text;
  json_slice slice;
} walked_value;

/* Called for each difference; `path` is such as "tags[].value", "" the whole. False ends the walk. */
typedef bool value_walk_found(void *user, const char *path, walked_value a, walked_value b);

/* False: `found` ended it, or memory is short. */
bool value_walk(walked_value a, walked_value b, value_walk_found *found, void *user);

#endif
