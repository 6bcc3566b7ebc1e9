/* Secret values that came while we ran, each under a name: of each name the last few stay, so that they do not pile up.
 */
#ifndef PERIGEE_LEARNED_VALUES_H
#define PERIGEE_LEARNED_VALUES_H

#include "base/bytes.h"

#include <stdint.h>

#define LEARNED_MOST 64 /* over all names; beyond, the oldest goes */
#define LEARNED_KEPT 4  /* of one name */

typedef struct learned_value {
  bytes name, handle, value; /* handle: `<secret:name>`; name and handle end with a zero byte that is not counted */
  uint64_t number;           /* 0: the place is free */
} learned_value;

typedef struct learned_values {
  learned_value items[LEARNED_MOST];
  uint64_t last;
} learned_values;

bool learned_values_has(const learned_values *l, const char *name, const char *value, size_t length);

/* False: memory is short. */
bool learned_values_add(learned_values *l, const char *name, const char *value, size_t length);

/* The one with the next higher number, which `*number` becomes; NULL: there is none. */
const bytes *learned_values_next(const learned_values *l, uint64_t *number, const char **name);

void learned_values_free(learned_values *l); /* overwrites the values */

#endif
