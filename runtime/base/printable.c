#include "base/printable.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

typedef struct piece {
  const char *text;
  size_t length;
  char escape[12];
} piece;

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
    size = utf8_read(p + taken, available - taken, &code);
    if (!size || steers(code)) size = painted ? colour_length(p + taken, available - taken) : 0;
    if (!size) break;
    taken += size;
  }
  *out = (piece){.text = p, .length = taken};
  if (taken) return taken;
  size = utf8_read(p, available, &code);
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
