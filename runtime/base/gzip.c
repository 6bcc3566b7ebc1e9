#include "base/gzip.h"

#include <libdeflate.h>

#define LEVEL 6 /* as gzip's own */

static struct libdeflate_compressor *compressor(gzip *g) {
  return (struct libdeflate_compressor *)g;
}

gzip *gzip_new(void) {
  return (gzip *)libdeflate_alloc_compressor(LEVEL);
}

bool gzip_member(gzip *g, const void *data, size_t length, bytes *out) {
  size_t most = libdeflate_gzip_compress_bound(compressor(g), length);
  if (!bytes_reserve(out, out->length + most)) return false;
  out->length += libdeflate_gzip_compress(compressor(g), data, length, out->data + out->length, most);
  return true;
}

void gzip_free(gzip *g) {
  libdeflate_free_compressor(compressor(g));
}
