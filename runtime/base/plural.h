/* The one place that knows when a noun is plural: "1 record", "2 records", "0 records". */
#ifndef PERIGEE_PLURAL_H
#define PERIGEE_PLURAL_H

#include <stdint.h>

static inline const char *plural(uint64_t count, const char *one, const char *many) {
  return count == 1 ? one : many;
}

#endif
