#include "base/charset.h"

#include "base/utf8.h"

#include <string.h>
#include <strings.h>

/* ---- what is said of a text */

charset charset_named(const char *name, size_t length) {
  static const struct {
    const char *name;
    charset of;
  } names[] = {
      {"utf-8", CHARSET_UTF8},
      {"utf8", CHARSET_UTF8},
      {"us-ascii", CHARSET_UTF8},
      {"ascii", CHARSET_UTF8},
      {"", CHARSET_UTF8},
      {"iso-8859-1", CHARSET_LATIN},
      {"iso8859-1", CHARSET_LATIN},
      {"iso_8859-1", CHARSET_LATIN},
      {"latin1", CHARSET_LATIN},
      {"latin-1", CHARSET_LATIN},
      {"windows-1252", CHARSET_LATIN},
      {"cp1252", CHARSET_LATIN},
      {"utf-16", CHARSET_UTF16},
      {"utf-16le", CHARSET_UTF16},
      {"utf-16be", CHARSET_UTF16},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i].name) == length && strncasecmp(names[i].name, name, length) == 0) return names[i].of;
  return CHARSET_OTHER;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

charset charset_of_type(const char *type, size_t length) {
  static const char word[] = "charset";
  const char *end = type + length, *at = memchr(type, ';', length);
  while (at) {
    do at++;
    while (at < end && is_blank(*at));
    const char *next = at < end ? memchr(at, ';', (size_t)(end - at)) : NULL, *stop = next ? next : end;
    if ((size_t)(stop - at) > sizeof word && strncasecmp(at, word, sizeof word - 1) == 0 &&
        at[sizeof word - 1] == '=') {
      at += sizeof word;
      while (stop > at && is_blank(stop[-1])) stop--;
      if (stop - at >= 2 && *at == '"' && stop[-1] == '"') at++, stop--;
      return charset_named(at, (size_t)(stop - at));
    }
    at = next;
  }
  return CHARSET_UTF8;
}

bool charset_is_marked(const char *text, size_t length) {
  return length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
}

/* ---- reading one */

#define NO_MEMORY "memory is short"
#define UNKNOWN                                                                                                        \
  "the text is in the encoding that its Content-Type names, and what is read is UTF-8, UTF-16, ISO-8859-1 and "        \
  "windows-1252"

/* Returns how many bytes of the text a mark is. */
static size_t begin(charset_reader *c, const char *text, size_t length) {
  bool marked = charset_is_marked(text, length);
  bool halves = c->said == CHARSET_UTF16 && length >= 2 && !text[0] != !text[1];
  c->way = marked || halves                                       ? CHARSET_PAIRS
           : c->said == CHARSET_LATIN || c->said == CHARSET_OTHER ? CHARSET_OPEN
                                                                  : CHARSET_AS_IS;
  c->big = marked ? text[0] == '\xFE' : halves && !text[0];
  return marked ? 2 : 0;
}

/* Nothing is decided before a byte that is no ASCII: where UTF-8 begins there, the text is UTF-8, whatever is said. */
static size_t read_open(charset_reader *c, const char *text, size_t length, bool ended) {
  size_t at = 0;
  uint32_t code;
  while (at < length && (unsigned char)text[at] < 0x80) at++;
  if (at == length || (length - at < 4 && !ended)) return at;
  c->way = utf8_read(text + at, length - at, &code) ? CHARSET_AS_IS : CHARSET_BYTES;
  return at;
}

/* Where windows-1252 differs from ISO 8859-1, which has control characters there. */
uint32_t charset_latin(unsigned char byte) {
  static const uint16_t others[] = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                    0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                    0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                    0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};
  return byte >= 0x80 && byte < 0xA0 ? others[byte - 0x80] : byte;
}

static bool add(uint32_t code, bytes *out) {
  char text[4];
  return bytes_append(out, text, utf8_write(code, text));
}

static bool add_bytes(const char *text, size_t length, bytes *out) {
  bool ok = true;
  for (size_t i = 0; ok && i < length; i++) ok = add(charset_latin((unsigned char)text[i]), out);
  return ok;
}

static uint32_t unit_at(const charset_reader *c, const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  return c->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* Characters of one or two units of two bytes. */
static size_t read_pairs(const charset_reader *c, const char *text, size_t length, bool ended, bytes *out,
                         const char **wrong) {
  size_t at = 0;
  while (length - at >= 2) {
    uint32_t code = unit_at(c, text + at);
    size_t size = code >= 0xD800 && code < 0xDC00 ? 4 : 2;
    if (length - at < size) break;
    uint32_t low = size == 4 ? unit_at(c, text + at + 2) : 0;
    bool broken = size == 4 ? low < 0xDC00 || low > 0xDFFF : code >= 0xDC00 && code <= 0xDFFF;
    if (broken) *wrong = "the text is UTF-16, and half of a character stands in it";
    if (size == 4) code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
    if (!broken && !add(code, out)) *wrong = NO_MEMORY;
    if (*wrong) return SIZE_MAX;
    at += size;
  }
  if (ended && at < length) *wrong = "the text is UTF-16, and is cut within a character";
  return *wrong ? SIZE_MAX : at;
}

/* What stands behind the place at which it is known how to read the text. */
static size_t read_on(const charset_reader *c, const char *text, size_t length, bool ended, bytes *out,
                      const char **wrong) {
  if (c->way == CHARSET_PAIRS) return read_pairs(c, text, length, ended, out, wrong);
  bool bytewise = c->way == CHARSET_BYTES;
  if (bytewise && c->said == CHARSET_OTHER)
    *wrong = UNKNOWN;
  else if (!(bytewise ? add_bytes(text, length, out) : bytes_append(out, text, length)))
    *wrong = NO_MEMORY;
  return length;
}

size_t charset_read(charset_reader *c, const char *text, size_t length, bool ended, bytes *out, const char **wrong) {
  *wrong = NULL;
  if (!length || (length < 2 && !ended && c->way == CHARSET_BEGINS)) return 0;
  size_t at = c->way == CHARSET_BEGINS ? begin(c, text, length) : 0;
  if (c->way == CHARSET_OPEN) {
    at = read_open(c, text, length, ended);
    if (!bytes_append(out, text, at)) *wrong = NO_MEMORY;
  }
  if (!*wrong && c->way != CHARSET_OPEN) at += read_on(c, text + at, length - at, ended, out, wrong);
  return *wrong ? SIZE_MAX : at;
}
