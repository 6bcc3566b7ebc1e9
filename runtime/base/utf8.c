#include "base/utf8.h"

#include <stdbool.h>

size_t utf8_read(const char *text, size_t available, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *p = (const unsigned char *)text;
  size_t size = *p < 0x80 ? 1 : *p < 0xC0 ? 0 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : *p < 0xF8 ? 4 : 0;
  if (!size || size > available) return 0;
  *code = size == 1 ? *p : *p & (0x7FU >> size);
  for (size_t i = 1; i < size; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
    *code = *code << 6 | (p[i] & 0x3FU);
  }
  bool surrogate = *code >= 0xD800 && *code <= 0xDFFF; /* RFC 3629, 3: half a pair of UTF-16's is no character */
  return *code >= least[size] && *code <= 0x10FFFF && !surrogate ? size : 0;
}

size_t utf8_write(uint32_t code, char out[4]) {
  static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
  size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
  out[0] = (char)(marks[size] | code);
  return size;
}
