#include "base/shard.h"

#include "base/bytes.h"
#include "base/digest.h"

#include <inttypes.h>

#define DAY INT64_C(86400000000)

bool shard_of(const char *name, size_t length, uint64_t count, uint64_t *shard) {
  unsigned char out[DIGEST_SHA256_SIZE];
  uint64_t number = 0;
  if (!digest_sha256(name, length, out)) return false;
  for (size_t i = 0; i < sizeof number; i++) number = number << 8 | out[i];
  *shard = number % count;
  return true;
}

bool shard_of_day(const char *list, size_t length, int64_t day, uint64_t count, uint64_t *shard) {
  bytes name = {0};
  bool ok = bytes_append(&name, list, length) && bytes_printf(&name, "\n%" PRId64, day) &&
            shard_of(name.data, name.length, count, shard);
  bytes_free(&name);
  return ok;
}

int64_t shard_day(int64_t us) {
  return us / DAY - (us % DAY < 0);
}
