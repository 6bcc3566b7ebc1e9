#include "base/printable.h"

#include <stdint.h>
#include <string.h>

typedef struct piece {
  const char *text;
  size_t length;
  char escape[12];
} piece;

/* Returns the size of the character at p; 0: it is no UTF-8. */
static size_t decode(const unsigned char *p, size_t available, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
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

/* Unicode 15, table of Bidi_Control; and U+2028, U+2029, which break a line. */
static bool steers(uint32_t c) {
  if (c == '\n' || c == '\t') return false;
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of ESC [ N m at p, with one or two digits; else 0. */
static size_t colour_length(const char *p, size_t available) {
  size_t n = 2;
  if (available < 4 || p[0] != '\033' || p[1] != '[') return 0;
  while (n < 4 && n < available && p[n] >= '0' && p[n] <= '9') n++;
  return n > 2 && n < available && p[n] == 'm' ? n + 1 : 0;
}

/* Takes one character, or a run of those that need no escape; returns how many bytes that is. */
static size_t take(const char *p, size_t available, bool painted, piece *out) {
  size_t taken = 0, size = 0;
  uint32_t code = 0;
  while (taken < available) {
    size = decode((const unsigned char *)p + taken, available - taken, &code);
    if (!size || steers(code)) size = painted ? colour_length(p + taken, available - taken) : 0;
    if (!size) break;
    taken += size;
  }
  *out = (piece){.text = p, .length = taken};
  if (taken) return taken;
  size = decode((const unsigned char *)p, available, &code);
  int n = size > 1 ? snprintf(out->escape, sizeof out->escape, "\\u{%X}", (unsigned)code)
                   : snprintf(out->escape, sizeof out->escape, "\\x%02X", (unsigned char)*p);
  out->text = out->escape;
  out->length = n > 0 ? (size_t)n : 0;
  return size ? size : 1;
}

bool printable_append(bytes *out, const char *text, size_t length, bool painted) {
  piece next;
  bool ok = true;
  for (size_t at = 0; ok && at < length;) {
    at += take(text + at, length - at, painted, &next);
    ok = bytes_append(out, next.text, next.length);
  }
  return ok;
}

void printable_print(FILE *to, const char *text, size_t length) {
  piece next;
  for (size_t at = 0; at < length;) {
    at += take(text + at, length - at, false, &next);
    fwrite(next.text, 1, next.length, to);
  }
}

void printable_line(FILE *to, const char *text) {
  printable_print(to, text, strlen(text));
  fputc('\n', to);
}
