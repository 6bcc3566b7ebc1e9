#include "json/json_value.h"

#include "json/json_number.h"
#include "json/json_string.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The text is valid, yet every step below is bounded by the slice: a wrong slice must not read what is outside it. */

static bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static size_t skip_space(const char *text, size_t at, size_t end) {
  while (at < end && is_space(text[at])) at++;
  return at;
}

/* The closing quote of the string whose opening one is before `at`; `end`: there is none. */
static size_t find_quote(const char *text, size_t at, size_t end) {
  while (at < end) {
    size_t plain = end - at >= JSON_PLAIN_RUN ? json_plain(text + at) : 0;
    at += plain;
    if (plain == JSON_PLAIN_RUN) continue;
    if (text[at] == '"') return at;
    at += text[at] == '\\' ? 2 : 1;
  }
  return end;
}

static size_t skip_string(const char *text, size_t at, size_t end) {
  size_t quote = find_quote(text, at + 1, end);
  return quote < end ? quote + 1 : end;
}

/* ---- containers: in valid text brackets pair up, so counting those outside of strings is enough */

/* Where in a container something is: how deep, within a string, and behind a backslash. */
typedef struct place {
  size_t depth;
  bool in_string, is_escaped;
} place;

#ifdef __SSE2__
#define BLOCK ((size_t)64)

/* Of 64 bytes, a bit for each. */
typedef struct signs {
  uint64_t quotes, backslashes, opening, closing;
} signs;

typedef struct block {
  __m128i a, b, c, d;
} block;

static inline __m128i load(const char *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint64_t equal(__m128i in, __m128i sign) {
  return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(in, sign));
}

static inline uint64_t find(const block *in, char c) {
  __m128i sign = _mm_set1_epi8(c);
  return equal(in->a, sign) | equal(in->b, sign) << 16 | equal(in->c, sign) << 32 | equal(in->d, sign) << 48;
}

/* [ and ] differ from { and } by one bit, which a blank has. */
static inline signs look(const char *p) {
  block in = {load(p), load(p + 16), load(p + 32), load(p + 48)};
  signs found = {.quotes = find(&in, '"'), .backslashes = find(&in, '\\')};
  __m128i blank = _mm_set1_epi8(' ');
  in = (block){_mm_or_si128(in.a, blank), _mm_or_si128(in.b, blank), _mm_or_si128(in.c, blank),
               _mm_or_si128(in.d, blank)};
  found.opening = find(&in, '{');
  found.closing = find(&in, '}');
  return found;
}

/* The bytes behind backslashes that are none themselves. */
static uint64_t escaped_by(uint64_t backslashes, bool *carry) {
  uint64_t escaped = *carry;
  *carry = false;
  for (uint64_t left = backslashes & ~escaped; left; left &= ~escaped) {
    uint64_t first = left & -left;
    escaped |= first << 1;
    *carry = !(first << 1);
    left &= ~first;
  }
  return escaped;
}

/* From each quote to the byte before the next one. */
static inline uint64_t strings_of(uint64_t quotes, bool *in_string) {
  quotes ^= quotes << 1;
  quotes ^= quotes << 2;
  quotes ^= quotes << 4;
  quotes ^= quotes << 8;
  quotes ^= quotes << 16;
  quotes ^= quotes << 32;
  if (*in_string) quotes = ~quotes;
  *in_string = quotes >> (BLOCK - 1);
  return quotes;
}

/* Goes on by blocks of 64 bytes. True: the container ends, before `at`. */
static bool skip_blocks(const char *text, size_t *at, size_t end, place *in) {
  for (; end - *at >= BLOCK; *at += BLOCK) {
    signs found = look(text + *at);
    if (found.backslashes || in->is_escaped) found.quotes &= ~escaped_by(found.backslashes, &in->is_escaped);
    uint64_t outside = ~strings_of(found.quotes, &in->in_string);
    for (uint64_t left = (found.opening | found.closing) & outside; left; left &= left - 1) {
      in->depth += found.opening & left & -left ? 1 : (size_t)-1;
      if (in->depth) continue;
      *at += (size_t)__builtin_ctzll(left) + 1;
      return true;
    }
  }
  return false;
}
#else
static bool skip_blocks(const char *text, size_t *at, size_t end, place *in) {
  (void)text, (void)at, (void)end, (void)in;
  return false;
}
#endif

/* Past an array or object. */
static size_t skip_container(const char *text, size_t at, size_t end) {
  place in = {0};
  if (skip_blocks(text, &at, end, &in)) return at;
  if (in.in_string) at = find_quote(text, at + in.is_escaped, end) + 1;
  while (at < end) {
    char c = text[at];
    if (c == '"') {
      at = skip_string(text, at, end);
      continue;
    }
    at++;
    if (c == '{' || c == '[') in.depth++;
    if ((c == '}' || c == ']') && --in.depth == 0) break;
  }
  return at < end ? at : end;
}

/* Past the value at `at`; `at` itself when there is none. */
static size_t skip_value(const char *text, size_t at, size_t end) {
  if (at >= end) return end;
  if (text[at] == '"') return skip_string(text, at, end);
  if (text[at] == '{' || text[at] == '[') return skip_container(text, at, end);
  while (at < end && text[at] != ',' && text[at] != '}' && text[at] != ']' && !is_space(text[at])) at++;
  return at;
}

json_type json_type_of(const char *text, json_slice value) {
  if (value.length == 0) return JSON_ABSENT;
  char c = text[value.start];
  switch (c) {
  case 'n': return JSON_NULL;
  case 'f': return JSON_FALSE;
  case 't': return JSON_TRUE;
  case '"': return JSON_STRING;
  case '[': return JSON_ARRAY;
  case '{': return JSON_OBJECT;
  default: return c == '-' || (c >= '0' && c <= '9') ? JSON_NUMBER : JSON_ABSENT;
  }
}

json_slice json_root(const char *text, size_t length) {
  size_t start = skip_space(text, 0, length);
  while (length > start && is_space(text[length - 1])) length--;
  return (json_slice){start, length - start};
}

json_iterator json_iterate(const char *text, json_slice container) {
  json_type type = json_type_of(text, container);
  if (type != JSON_ARRAY && type != JSON_OBJECT) return (json_iterator){.text = text};
  /* The end is the closing bracket, which also tells an object from an array. */
  size_t end = container.start + container.length - 1;
  return (json_iterator){.text = text, .at = container.start + 1, .end = end};
}

static json_slice between(size_t start, size_t end) {
  return (json_slice){start, end - start};
}

bool json_next(json_iterator *it) {
  it->key = it->value = (json_slice){0};
  size_t at = skip_space(it->text, it->at, it->end);
  if (at < it->end && it->text[at] == ',') at = skip_space(it->text, at + 1, it->end);
  if (at >= it->end) return false;
  if (it->text[it->end] == '}') {
    size_t key_end = skip_value(it->text, at, it->end);
    it->key = between(at, key_end);
    at = skip_space(it->text, key_end, it->end);
    if (at < it->end && it->text[at] == ':') at = skip_space(it->text, at + 1, it->end);
  }
  it->at = skip_value(it->text, at, it->end);
  it->value = between(at, it->at);
  return it->value.length > 0;
}

static bool is_sign(char c) {
  return c == '[' || c == ']' || c == '{' || c == '}' || c == ',' || c == ':' || c == '"';
}

bool json_next_token(const char *text, size_t length, size_t *at, json_token *token) {
  size_t start = skip_space(text, *at, length), end = start + 1;
  *at = length;
  if (start >= length) return false;
  char sign = text[start];
  if (sign == '"') {
    end = find_quote(text, start + 1, length) + 1;
    if (end > length) return false;
  } else if (!is_sign(sign)) {
    while (end < length && !is_sign(text[end]) && !is_space(text[end])) end++;
  }
  *token = (json_token){.sign = sign, .slice = between(start, end)};
  *at = end;
  return true;
}

bool json_string_is(const char *text, json_slice string, const char *name, size_t length) {
  if (json_type_of(text, string) != JSON_STRING || string.length < 2) return false;
  return json_string_equal(text + string.start + 1, string.length - 2, name, length);
}

json_slice json_find_member(const char *text, json_slice object, const char *name, size_t length) {
  json_slice found = {0};
  if (json_type_of(text, object) != JSON_OBJECT) return found;
  json_iterator it = json_iterate(text, object);
  while (json_next(&it))
    if (json_string_is(text, it.key, name, length)) found = it.value;
  return found;
}

json_slice json_member(const char *text, json_slice object, const char *name) {
  return json_find_member(text, object, name, strlen(name));
}

bool json_unescape(const char *text, json_slice string, bytes *out) {
  if (json_type_of(text, string) != JSON_STRING || string.length < 2) return true;
  const char *p = text + string.start + 1;
  const char *end = p + string.length - 2;
  /* No escape of valid text decodes to more bytes than it has, so past this line nothing fails halfway. */
  if (string.length > SIZE_MAX - out->length || !bytes_reserve(out, out->length + string.length)) return false;
  while (p < end) {
    const char *escape = memchr(p, '\\', (size_t)(end - p));
    const char *stop = escape != NULL ? escape : end;
    if (!bytes_append(out, p, (size_t)(stop - p))) return false;
    p = stop;
    if (escape == NULL) break;
    json_escape read = json_escape_read(p, (size_t)(end - p));
    if (!bytes_append(out, read.utf8, read.size)) return false;
    p += read.taken;
  }
  return true;
}

/* The byte as it stands after a backslash; 0: it has no short form. */
static char short_letter(char c) {
  switch (c) {
  case '"':
  case '\\': return c;
  case '\b': return 'b';
  case '\f': return 'f';
  case '\n': return 'n';
  case '\r': return 'r';
  case '\t': return 't';
  default: return '\0';
  }
}

/* A byte that cannot stand in a string as it is. */
static bool quote_byte(bytes *out, char c) {
  if ((unsigned char)c >= 0x80) return bytes_text(out, "\xEF\xBF\xBD");
  char letter = short_letter(c);
  if (letter != '\0') return bytes_append(out, (char[]){'\\', letter}, 2);
  return bytes_printf(out, "\\u%04x", (unsigned)c);
}

/* How many bytes from p can stand in a string as they are: whole characters only. */
static size_t plain_run(const char *p, const char *end) {
  const char *start = p;
  while (p < end && (unsigned char)*p >= ' ' && *p != '"' && *p != '\\') {
    size_t size = json_utf8_size(p, (size_t)(end - p));
    if (size == 0) break;
    p += size;
  }
  return (size_t)(p - start);
}

bool json_is_utf8(const char *text, size_t length) {
  for (size_t at = 0, size; at < length; at += size)
    if (!(size = (unsigned char)text[at] < 0x80 ? 1 : json_utf8_size(text + at, length - at))) return false;
  return true;
}

static bool quote_all(bytes *out, const char *p, const char *end) {
  if (!bytes_append(out, "\"", 1)) return false;
  while (p < end) {
    size_t run = plain_run(p, end);
    if (run > 0 && !bytes_append(out, p, run)) return false;
    p += run;
    if (p < end && !quote_byte(out, *p++)) return false;
  }
  return bytes_append(out, "\"", 1);
}

bool json_quote(bytes *out, const char *data, size_t length) {
  size_t before = out->length;
  if (quote_all(out, data, data + length)) return true;
  /* Half a string left behind would corrupt the message that it was to be part of. */
  if (out->length > before) memset(out->data + before, 0, out->length - before);
  out->length = before;
  return false;
}

bool json_write_float(bytes *out, double number) {
  char text[JSON_FLOAT_SIZE];
  json_print_float(number, text);
  return bytes_text(out, text) && (strpbrk(text, ".e") || bytes_text(out, ".0"));
}
