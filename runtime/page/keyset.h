/*
 * Sets of keys: which records were met. A key is 96 bits of a hash with a secret seed, so two records are taken for one
 * with a chance of one in 10^17 among a million, and nobody can make two that are; a set never holds more than its
 * limit: beyond it forgets the oldest.
 */
#ifndef PERIGEE_KEYSET_H
#define PERIGEE_KEYSET_H

#include "base/siphash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is no key: that of a record that cannot be recognised. */
typedef struct key {
  uint64_t high, low;
} key;

/*
 * The key of these bytes; continues from `before` ({0} to begin), so that several texts make one key. Never {0}.
 * `seed` NULL: as it was made before there was one, for states of that time.
 */
key key_of(const siphash_seed *seed, key before, const void *data, size_t length);
bool key_is_none(key k);

/* The key of what went into the hash, which ends. */
key key_from(siphash *h);

#define KEY_TEXT_SIZE 17 /* 16 characters of base64url (96 bits of the key), and a zero byte */
void key_write(key k, char text[KEY_TEXT_SIZE]);
bool key_read(const char *text, size_t length, key *k); /* false: not such a text; its lower 32 bits are zero */

/* The part of a key that its text keeps. */
typedef struct short_key {
  uint32_t words[3];
} short_key;

typedef struct keyset {
  uint32_t *slots;  /* places in the ring + 1, or 0; open addressing; a power of two, at most half full */
  short_key *order; /* the keys: a ring, oldest first */
  size_t size;      /* of slots */
  size_t count;     /* keys held */
  size_t first;     /* of the ring */
  size_t limit;     /* most keys */
} keyset;

/* Keys are compared by the 96 bits that their text keeps. All take keys other than {0}. A limit is below 2^32 - 1. */
void keyset_init(keyset *s, size_t limit);
bool keyset_add(keyset *s, key k); /* false: memory is short */
bool keyset_has(const keyset *s, key k);
void keyset_free(keyset *s);

/* The i-th key, from the oldest (0). */
key keyset_at(const keyset *s, size_t i);

/* What is known of records: their keys, and keys without a seed, which a state of before there was one brought. */
typedef struct known_keys {
  keyset keys, old;
} known_keys;

/* Is either there? `old` may be {0}. */
bool known_keys_has(const known_keys *known, key k, key old);

#endif
