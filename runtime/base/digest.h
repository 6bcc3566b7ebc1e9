/* Digests and signatures, by libcrypto; and random bytes, by the system. */
#ifndef PERIGEE_DIGEST_H
#define PERIGEE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA256_SIZE 32

/* SHA-256 (FIPS 180-4). False: memory is short. */
bool digest_sha256(const void *data, size_t length, unsigned char out[DIGEST_SHA256_SIZE]);

/* Writes it as 2 * length hexadecimal digits, in lower case, and a zero byte behind them. */
void digest_hex(const unsigned char *digest, size_t length, char *out);

/* HMAC (RFC 2104) with SHA-256. False: memory is short, or the key is 2 GiB long. */
bool digest_hmac(const void *key, size_t key_length, const void *data, size_t length,
                 unsigned char out[DIGEST_SHA256_SIZE]);

/* Random bytes that nobody can predict (getrandom(2): libcrypto's generator takes 0.3 MB). False: the system gives
 * none. */
bool digest_random(unsigned char *out, size_t size);

/* Bytes that look random and are the same for the same `at`, the number of a draw: for replays. False: memory is short.
 */
bool digest_repeatable(uint64_t at, unsigned char out[DIGEST_SHA256_SIZE]);

#endif
