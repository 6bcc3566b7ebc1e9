#include "base/siphash.h"

#include <endian.h>
#include <string.h>

#define WORD sizeof(uint64_t)

static inline uint64_t turn(uint64_t word, int bits) {
  return word << bits | word >> (64 - bits);
}

static inline void mix(siphash *h) {
  h->a += h->b, h->b = turn(h->b, 13) ^ h->a, h->a = turn(h->a, 32);
  h->c += h->d, h->d = turn(h->d, 16) ^ h->c;
  h->a += h->d, h->d = turn(h->d, 21) ^ h->a;
  h->c += h->b, h->b = turn(h->b, 17) ^ h->c, h->c = turn(h->c, 32);
}

static inline void take(siphash *h, uint64_t word) {
  h->d ^= word;
  mix(h);
  h->a ^= word;
}

static inline uint64_t word_at(const unsigned char *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return le64toh(word);
}

void siphash_begin(siphash *h, const siphash_seed *seed) {
  uint64_t low = word_at(seed->bytes), high = word_at(seed->bytes + WORD);
  *h = (siphash){.a = low ^ 0x736f6d6570736575u,
                 .b = high ^ 0x646f72616e646f6du ^ 0xee,
                 .c = low ^ 0x6c7967656e657261u,
                 .d = high ^ 0x7465646279746573u};
}

/* Bytes that make no whole word, behind those that wait. */
static size_t add_rest(siphash *h, const unsigned char *at, size_t length) {
  size_t waiting = h->length % WORD, count = WORD - waiting < length ? WORD - waiting : length;
  for (size_t i = 0; i < count; i++) h->rest |= (uint64_t)at[i] << 8 * (waiting + i);
  h->length += count;
  if (h->length % WORD || !count) return count;
  take(h, h->rest);
  h->rest = 0;
  return count;
}

void siphash_add(siphash *h, const void *text, size_t length) {
  if (!length) return;
  const unsigned char *at = text, *end = at + length;
  if (h->length % WORD) at += add_rest(h, at, length);
  siphash state = *h; /* in registers */
  for (; (size_t)(end - at) >= WORD; at += WORD, state.length += WORD) take(&state, word_at(at));
  *h = state;
  add_rest(h, at, (size_t)(end - at));
}

static uint64_t finish(siphash *h) {
  mix(h);
  mix(h);
  mix(h);
  return h->a ^ h->b ^ h->c ^ h->d;
}

void siphash_end(siphash *h, uint64_t out[2]) {
  take(h, h->rest | (uint64_t)h->length << 56);
  h->c ^= 0xee;
  out[0] = finish(h);
  h->b ^= 0xdd;
  out[1] = finish(h);
}
