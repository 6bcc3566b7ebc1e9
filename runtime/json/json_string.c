#include "json/json_string.h"

#include "base/utf8.h"

#include <string.h>

#define REPLACEMENT 0xFFFDU /* stands for what UTF-8 cannot say */

static bool continues(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

/* The second byte's range is what refuses overlong forms, surrogates and code points beyond U+10FFFF. */
size_t json_utf8_size(const char *p, size_t available) {
  const unsigned char *b = (const unsigned char *)p;
  unsigned first = b[0];
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first < 0xE0) return available >= 2 && continues(b[1]) ? 2 : 0;
  size_t size = first < 0xF0 ? 3 : 4;
  if (available < size) return 0;
  unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (b[1] < lowest || b[1] > highest || !continues(b[2])) return 0;
  return size == 3 || continues(b[3]) ? size : 0;
}

int json_hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* The code unit of the six bytes \uXXXX, or -1. */
static int code_unit(const char *p, size_t available) {
  if (available < 6 || p[0] != '\\' || p[1] != 'u') return -1;
  int unit = 0;
  for (size_t i = 2; i < 6; i++) {
    int digit = json_hex_digit(p[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/* The character of an escape of one letter, or 0. */
static char short_escape(char letter) {
  switch (letter) {
  case '"':
  case '\\':
  case '/': return letter;
  case 'b': return '\b';
  case 'f': return '\f';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return 0;
  }
}

/* The size of the escape at p, or 0: malformed. */
static size_t escape_size(const char *p, size_t available) {
  if (available >= 2 && short_escape(p[1]) != 0) return 2;
  return code_unit(p, available) >= 0 ? 6 : 0;
}

static bool is_half(int unit, int first) {
  return (unit & 0xFC00) == first;
}

/* The size of the escape at p, and of the second half of a pair; 0: malformed. */
static size_t escape_size_whole(const char *p, size_t available, bool *refused) {
  size_t size = escape_size(p, available);
  if (size != 6) return size;
  int unit = code_unit(p, size);
  if (is_half(unit, 0xD800) && is_half(code_unit(p + 6, available - 6), 0xDC00)) return 12;
  if (unit == 0 || (unit & 0xF800) == 0xD800) *refused = true;
  return 6;
}

/*
 * Past a run of characters beyond ASCII; stops before what is malformed. The test for two bytes is not needed, but
 * it is a branch, which runs ahead where a computed size must be waited for: alphabets pass twice as fast.
 */
static const char *skip_characters(const char *p, const char *end) {
  while (p < end && (unsigned char)*p >= 0x80) {
    const unsigned char *b = (const unsigned char *)p;
    if (end - p >= 2 && b[0] >= 0xC2 && b[0] < 0xE0 && continues(b[1])) {
      p += 2;
      continue;
    }
    size_t size = json_utf8_size(p, (size_t)(end - p));
    if (size == 0) break;
    p += size;
  }
  return p;
}

/* Past the byte that json_plain stopped at, no quote; p itself when it is malformed. */
static const char *skip_special(const char *p, const char *end, bool *refused, const char **reason) {
  if (*p == '\\') {
    *reason = "an escape in a string is malformed";
    return p + escape_size_whole(p, (size_t)(end - p), refused);
  }
  if ((unsigned char)*p >= 0x80) {
    *reason = "the text is not UTF-8";
    return skip_characters(p, end);
  }
  *reason = "a control character in a string must be escaped";
  return (unsigned char)*p < ' ' ? p : p + 1;
}

const char *json_string_skip(const char *p, const char *end, bool *refused, const char **fault, const char **reason) {
  for (;;) {
    p += json_plain(p);
    if (p >= end) break;
    if (*p == '"') return p + 1;
    const char *after = skip_special(p, end, refused, reason);
    if (after == p) {
      *fault = p;
      return NULL;
    }
    p = after;
  }
  *fault = end;
  *reason = "a string is not closed";
  return NULL;
}

json_escape json_escape_read(const char *p, size_t available) {
  json_escape escape = {.taken = escape_size(p, available)};
  unsigned code = REPLACEMENT;
  if (escape.taken == 2) code = (unsigned char)short_escape(p[1]);
  if (escape.taken == 6) code = (unsigned)code_unit(p, available);
  if (escape.taken == 0) escape.taken = 1;
  if (code >= 0xD800 && code <= 0xDFFF) {
    int low = code < 0xDC00 ? code_unit(p + 6, available - 6) : -1;
    bool paired = low >= 0xDC00 && low <= 0xDFFF;
    code = paired ? 0x10000 + ((code - 0xD800) << 10) + ((unsigned)low - 0xDC00) : REPLACEMENT;
    if (paired) escape.taken = 12;
  }
  escape.size = utf8_write(code, escape.utf8);
  return escape;
}

/* A lone surrogate is decoded to U+FFFD, as is the escape of that character itself, which is none. */
bool json_escape_is_refused(const char *p, json_escape read) {
  if (read.size == 1) return read.utf8[0] == '\0';
  return read.taken == 6 && memcmp(read.utf8, "\xEF\xBF\xBD", 3) == 0 && (p[2] == 'd' || p[2] == 'D');
}

json_escape json_percent_read(const char *p, size_t available) {
  int high = available > 2 && p[0] == '%' ? json_hex_digit(p[1]) : -1;
  int low = high >= 0 ? json_hex_digit(p[2]) : -1;
  if (low < 0) return (json_escape){.taken = 1, .size = 1, .utf8 = {p[0]}};
  return (json_escape){.taken = 3, .size = 1, .utf8 = {(char)(high * 16 + low)}};
}

json_escape json_spelled_read(const char *p, size_t available) {
  return *p == '\\' ? json_escape_read(p, available) : json_percent_read(p, available);
}

static bool equal_unescaped(const char *inside, size_t length, const char *name, size_t name_length) {
  size_t matched = 0;
  for (size_t i = 0; i < length;) {
    if (inside[i] != '\\') {
      if (matched == name_length || inside[i++] != name[matched++]) return false;
      continue;
    }
    json_escape escape = json_escape_read(inside + i, length - i);
    if (name_length - matched < escape.size || memcmp(name + matched, escape.utf8, escape.size) != 0) return false;
    matched += escape.size;
    i += escape.taken;
  }
  return matched == name_length;
}

/* Few names have escapes: what has none is its own text. */
bool json_string_equal(const char *inside, size_t length, const char *name, size_t name_length) {
  if (memchr(inside, '\\', length)) return equal_unescaped(inside, length, name, name_length);
  return length == name_length && memcmp(inside, name, length) == 0;
}
