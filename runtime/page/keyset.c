#include "page/keyset.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64

typedef unsigned __int128 wide;

/* ---- keys */

/* Multiplying by an odd 128-bit number and folding the upper bits down mixes eight bytes at a time. */
static wide mix(wide h, uint64_t word) {
  const wide odd = (wide)0x9E3779B97F4A7C15u << 64 | 0xF39CC0605CEDC835u;
  h = (h ^ word) * odd;
  return h ^ h >> 67;
}

static wide old_hash(key before, const void *data, size_t length) {
  const unsigned char *at = data;
  wide h = mix((wide)before.high << 64 | before.low, length);
  for (; length >= 8; length -= 8, at += 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    h = mix(h, word);
  }
  uint64_t rest = 0;
  memcpy(&rest, at, length);
  return mix(mix(h, rest), 0x5851F42D4C957F2Du);
}

static key key_of_hash(wide h) {
  key k = {.high = (uint64_t)(h >> 64), .low = (uint64_t)h & ~(uint64_t)0xFFFFFFFF};
  if (key_is_none(k)) k.high = 1;
  return k;
}

key key_from(siphash *h) {
  uint64_t hash[2];
  siphash_end(h, hash);
  return key_of_hash((wide)hash[1] << 64 | hash[0]);
}

key key_of(const siphash_seed *seed, key before, const void *data, size_t length) {
  if (!seed) return key_of_hash(old_hash(before, data, length));
  siphash h;
  uint64_t first[2] = {htole64(before.low), htole64(before.high)};
  siphash_begin(&h, seed);
  siphash_add(&h, first, sizeof first);
  siphash_add(&h, data, length);
  return key_from(&h);
}

bool key_is_none(key k) {
  return k.high == 0 && k.low == 0;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void key_write(key k, char text[KEY_TEXT_SIZE]) {
  wide bits = ((wide)k.high << 64 | k.low) >> 32;
  for (int i = 15; i >= 0; i--, bits >>= 6) text[i] = digits[bits & 63];
  text[16] = 0;
}

bool key_read(const char *text, size_t length, key *k) {
  wide bits = 0;
  if (length != KEY_TEXT_SIZE - 1) return false;
  for (size_t i = 0; i < length; i++) {
    const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
    if (!digit) return false;
    bits = bits << 6 | (wide)(uint64_t)(digit - digits);
  }
  bits <<= 32;
  *k = (key){.high = (uint64_t)(bits >> 64), .low = (uint64_t)bits};
  return !key_is_none(*k);
}

/* ---- sets */

void keyset_init(keyset *s, size_t limit) {
  *s = (keyset){.limit = limit};
}

void keyset_free(keyset *s) {
  free(s->slots);
  free(s->order);
  *s = (keyset){.limit = s->limit};
}

static short_key shorten(key k) {
  return (short_key){{(uint32_t)k.high, (uint32_t)(k.high >> 32), (uint32_t)(k.low >> 32)}};
}

static key lengthen(short_key k) {
  return (key){.high = (uint64_t)k.words[1] << 32 | k.words[0], .low = (uint64_t)k.words[2] << 32};
}

key keyset_at(const keyset *s, size_t i) {
  return lengthen(s->order[(s->first + i) % s->limit]);
}

/* The slot that holds the key, or the empty one where it would be. There is always one: half are empty. */
static size_t find(const keyset *s, short_key k) {
  size_t i = k.words[0] & (s->size - 1);
  while (s->slots[i] && memcmp(&s->order[s->slots[i] - 1], &k, sizeof k) != 0) i = (i + 1) & (s->size - 1);
  return i;
}

bool keyset_has(const keyset *s, key k) {
  return s->count && s->slots[find(s, shorten(k))];
}

static bool grow(keyset *s) {
  size_t size = s->size ? s->size * 2 : SMALLEST;
  size_t most = size / 2 < s->limit ? size / 2 : s->limit;
  short_key *order = realloc(s->order, most * sizeof *order); /* the ring has not turned yet: it does so at the limit */
  if (order) s->order = order;
  uint32_t *slots = order ? calloc(size, sizeof *slots) : NULL;
  if (!slots) return false;
  free(s->slots);
  s->slots = slots;
  s->size = size;
  for (size_t i = 0; i < s->count; i++) slots[find(s, order[i])] = (uint32_t)i + 1;
  return true;
}

/* Those behind an emptied slot may have been pushed past it: each is put where it is found from its own place. */
static void forget_oldest(keyset *s) {
  size_t hole = find(s, s->order[s->first]);
  s->slots[hole] = 0;
  for (size_t i = (hole + 1) & (s->size - 1); s->slots[i]; i = (i + 1) & (s->size - 1)) {
    uint32_t moved = s->slots[i];
    s->slots[i] = 0;
    s->slots[find(s, s->order[moved - 1])] = moved;
  }
  s->first = (s->first + 1) % s->limit;
  s->count--;
}

bool keyset_add(keyset *s, key k) {
  if (keyset_has(s, k) || !s->limit) return true;
  if (s->count == s->limit) forget_oldest(s);
  if (s->count + 1 > s->size / 2 && !grow(s)) return false;
  size_t place = (s->first + s->count) % s->limit;
  s->order[place] = shorten(k);
  s->slots[find(s, s->order[place])] = (uint32_t)place + 1;
  s->count++;
  return true;
}

bool known_keys_has(const known_keys *known, key k, key old) {
  return keyset_has(&known->keys, k) || (!key_is_none(old) && keyset_has(&known->old, old));
}
