/* The inside of a JSON string: its end, its UTF-8 and its escapes. Shared by json.c and json_value.c. */
#ifndef PERIGEE_JSON_STRING_H
#define PERIGEE_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define JSON_PLAIN_RUN 16

/*
 * How many bytes at p, up to JSON_PLAIN_RUN, a string may hold as they are: ASCII, without quote, backslash and
 * control characters. JSON_PLAIN_RUN bytes must be readable.
 */
static inline unsigned json_plain(const char *p) {
#ifdef __SSE2__
  __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
  __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  /* Bytes compare as signed, so this finds those from 0x80 too. */
  __m128i other = _mm_cmplt_epi8(block, _mm_set1_epi8(' '));
  int found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), other));
  return (unsigned)__builtin_ctz((unsigned)found | 1U << JSON_PLAIN_RUN);
#else
  unsigned count = 0;
  while (count < JSON_PLAIN_RUN && p[count] >= ' ' && (unsigned char)p[count] < 0x80 && p[count] != '"' &&
         p[count] != '\\')
    count++;
  return count;
#endif
}

/*
 * Validates a string from the byte after its opening quote; JSON_PLAIN_RUN bytes after `end` must be readable.
 * Returns the byte after the closing quote; or NULL, with the byte at fault and the reason (static text). Sets
 * `refused` where an escape in it is one that json_escape_is_refused names.
 */
const char *json_string_skip(const char *p, const char *end, bool *refused, const char **fault, const char **reason);

/* The size of the UTF-8 sequence at p (at least one byte is available), or 0: malformed. */
size_t json_utf8_size(const char *p, size_t available);

/* The value of a hexadecimal digit, in either case; -1: it is none. */
int json_hex_digit(char c);

/* An escape decoded: how many bytes it took, and its character in UTF-8. */
typedef struct json_escape {
  size_t taken;
  size_t size;
  char utf8[4];
} json_escape;

/* Decodes the escape whose backslash is at p, and the second half of a surrogate pair. A lone one is U+FFFD. */
json_escape json_escape_read(const char *p, size_t available);

/* Is the escape at p, read as this, one that many consumers refuse: half a surrogate pair, or NUL? */
bool json_escape_is_refused(const char *p, json_escape read);

/* The same as json_escape_read for `%2F`, which stands at p; a `%` without two hexadecimal digits, or another byte,
 * stands for itself. */
json_escape json_percent_read(const char *p, size_t available);

/* The same for whichever of both stands at p; another byte stands for itself. */
json_escape json_spelled_read(const char *p, size_t available);

/* Is this, the inside of a string, this name? Escapes are understood. */
bool json_string_equal(const char *inside, size_t length, const char *name, size_t name_length);

#endif
