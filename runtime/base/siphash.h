/*
 * SipHash-1-3 with 128 bits (Aumasson and Bernstein, 2012), as it keys the hash tables of Python and Rust: who does not
 * know the seed can make no two texts that have the same hash, nor many that share a part of it.
 */
#ifndef PERIGEE_SIPHASH_H
#define PERIGEE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct siphash_seed {
  unsigned char bytes[16];
} siphash_seed;

/* A text on its way into its hash, piece by piece: how it is cut makes no difference. */
typedef struct siphash {
  uint64_t a, b, c, d;
  uint64_t rest; /* the last bytes, which make no word yet */
  size_t length; /* of all */
} siphash;

void siphash_begin(siphash *h, const siphash_seed *seed);
void siphash_add(siphash *h, const void *text, size_t length);

/* The lower half of the hash first. */
void siphash_end(siphash *h, uint64_t out[2]);

#endif
