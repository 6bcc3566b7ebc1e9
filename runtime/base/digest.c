#include "base/digest.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>

bool digest_sha256(const void *data, size_t length, unsigned char out[DIGEST_SHA256_SIZE]) {
  return EVP_Digest(data, length, out, NULL, EVP_sha256(), NULL) == 1;
}

void digest_hex(const unsigned char *digest, size_t length, char *out) {
  for (size_t i = 0; i < length; i++) (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

bool digest_hmac(const void *key, size_t key_length, const void *data, size_t length,
                 unsigned char out[DIGEST_SHA256_SIZE]) {
  return key_length <= INT_MAX && HMAC(EVP_sha256(), key, (int)key_length, data, length, out, NULL) != NULL;
}

bool digest_random(unsigned char *out, size_t size) {
  for (size_t at = 0; at < size;) {
    ssize_t got = getrandom(out + at, size - at, 0);
    if (got < 0 && errno != EINTR) return false;
    if (got > 0) at += (size_t)got;
  }
  return true;
}

bool digest_repeatable(uint64_t at, unsigned char out[DIGEST_SHA256_SIZE]) {
  return digest_sha256(&at, sizeof at, out);
}
