#include "http/inflate.h"

#include <libdeflate.h>
#include <stdint.h>

#define GZIP_SMALLEST 18 /* header and trailer of one member (RFC 1952) */

/* The size that the last member's trailer claims: a first guess, never trusted (RFC 1952, ISIZE). */
static size_t claimed_size(const char *in, size_t length) {
  const unsigned char *t = (const unsigned char *)in + length - 4;
  return (size_t)t[0] | (size_t)t[1] << 8 | (size_t)t[2] << 16 | (size_t)t[3] << 24;
}

static size_t bounded(size_t wanted, size_t limit) {
  return wanted < limit ? wanted : limit;
}

/* The size to which `length` compressed bytes may grow, by the limit and by the ratio. */
static size_t ratio_limit(size_t length, size_t limit) {
  size_t most = length > SIZE_MAX / INFLATE_MAX_RATIO ? SIZE_MAX : length * INFLATE_MAX_RATIO;
  return bounded(most < INFLATE_FREE_BYTES ? INFLATE_FREE_BYTES : most, limit);
}

static inflate_code inflate_member(struct libdeflate_decompressor *d, const char **in, size_t *length, size_t limit,
                                   bytes *out) {
  for (;;) {
    size_t used = 0, made = 0, room = out->capacity - out->length;
    enum libdeflate_result r =
        libdeflate_gzip_decompress_ex(d, *in, *length, out->data + out->length, room, &used, &made);
    if (r == LIBDEFLATE_SUCCESS) {
      out->length += made;
      *in += used;
      *length -= used;
      return INFLATE_OK;
    }
    if (r != LIBDEFLATE_INSUFFICIENT_SPACE) return INFLATE_CORRUPT;
    if (out->capacity >= limit) return INFLATE_TOO_LARGE;
    if (!bytes_reserve(out, bounded(out->capacity * 2 + 4096, limit))) return INFLATE_NO_MEMORY;
  }
}

inflate_code inflate_gzip(const char *in, size_t length, size_t limit, bytes *out) {
  bytes_clear(out);
  if (length < GZIP_SMALLEST) return INFLATE_CORRUPT;
  limit = ratio_limit(length, limit);
  if (!bytes_reserve(out, bounded(claimed_size(in, length) + 1, limit))) return INFLATE_NO_MEMORY;
  struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
  if (!d) return INFLATE_NO_MEMORY;
  inflate_code code = INFLATE_OK;
  while (code == INFLATE_OK && length > 0) code = inflate_member(d, &in, &length, limit, out);
  libdeflate_free_decompressor(d);
  if (code == INFLATE_OK && out->length > limit) code = INFLATE_TOO_LARGE;
  if (code != INFLATE_OK)
    bytes_free(out);
  else if (!bytes_append(out, "", 0))
    code = INFLATE_NO_MEMORY;
  return code;
}
