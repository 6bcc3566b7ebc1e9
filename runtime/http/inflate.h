/* gzip bodies, inflated whole: libdeflate refuses a stream that was cut, which a streaming decoder takes for whole. */
#ifndef PERIGEE_INFLATE_H
#define PERIGEE_INFLATE_H

#include "base/bytes.h"

/* Beyond this many bytes out, a body may not grow by more than INFLATE_MAX_RATIO: a bomb, not a page. */
#define INFLATE_FREE_BYTES ((size_t)8 << 20)
#define INFLATE_MAX_RATIO 250

typedef enum inflate_code { INFLATE_OK, INFLATE_CORRUPT, INFLATE_TOO_LARGE, INFLATE_NO_MEMORY } inflate_code;

/* Appends the inflated bytes of all members of `in` to `out`, at most `limit` bytes. On failure `out` is freed. */
inflate_code inflate_gzip(const char *in, size_t length, size_t limit, bytes *out);

#endif
