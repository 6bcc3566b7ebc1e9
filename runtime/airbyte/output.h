/* Where lines go, written whole: short writes, interrupted writes and readers that went away are dealt with here. */
#ifndef PERIGEE_OUTPUT_H
#define PERIGEE_OUTPUT_H

#include "base/bytes.h"

#include <sys/uio.h>

/* Collects small pieces and passes on large ones without a copy. `error` (errno) is set for good by the first failure.
 */
typedef struct output {
  int descriptor;
  int error;
  bytes waiting;
} output;

/* Takes a descriptor, which stays the caller's. A pipe is made as large as an ordinary process may: fewer switches. */
void output_open(output *o, int descriptor);

/* All return false once anything could not be written; nothing is written any more then. */
bool output_append(output *o, const void *data, size_t length);
bool output_vector(output *o, struct iovec *pieces, size_t count); /* overwrites `pieces` */
bool output_flush(output *o);
void output_free(output *o);

#endif
