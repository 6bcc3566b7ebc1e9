#include "destination/row_key.h"

#include "base/digest.h"

#include <string.h>

bool row_key_of_text(const char *text, size_t length, char digest[KEY_TEXT_SIZE]) {
  unsigned char whole[DIGEST_SHA256_SIZE];
  key k;
  uint32_t rest;
  if (!digest_sha256(text, length, whole)) return false;
  memcpy(&k.high, whole, sizeof k.high);
  memcpy(&rest, whole + sizeof k.high, sizeof rest);
  k.low = (uint64_t)rest << 32;
  key_write(k, digest);
  return true;
}

bool row_key_of_values(const row *r, const char *text, const size_t *places, size_t count, char digest[KEY_TEXT_SIZE]) {
  bytes all = {0};
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) {
    json_slice slice;
    const char *base = row_value(r, text, places[i], &slice);
    ok = bytes_append(&all, base + slice.start, slice.length) && bytes_append(&all, "", 1);
  }
  ok = ok && row_key_of_text(all.data, all.length, digest);
  bytes_free(&all);
  return ok;
}
