/* Data made smaller: members of a gzip file (RFC 1952), each whole by itself, so that a file may end behind any of
 * them. */
#ifndef PERIGEE_GZIP_H
#define PERIGEE_GZIP_H

#include "base/bytes.h"

typedef struct gzip gzip;

/* NULL: memory is short. */
gzip *gzip_new(void);

/* Appends a member that holds this. False: memory is short. */
bool gzip_member(gzip *g, const void *data, size_t length, bytes *out);

/* NULL is allowed. */
void gzip_free(gzip *g);

#endif
