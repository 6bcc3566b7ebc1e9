/*
 * Texts in other encodings than UTF-8, made UTF-8 while they come: UTF-16, and ISO 8859-1 as browsers take it, which is
 * windows-1252. libc's iconv has its tables in files, which are not in the image, and would be given a server's names.
 */
#ifndef PERIGEE_CHARSET_H
#define PERIGEE_CHARSET_H

#include "base/bytes.h"

#include <stdint.h>

/* CHARSET_UTF8: nothing else is said. CHARSET_OTHER: one that nobody here reads. */
typedef enum charset { CHARSET_UTF8, CHARSET_LATIN, CHARSET_UTF16, CHARSET_OTHER } charset;

/* By its name; by the parameter of a Content-Type. */
charset charset_named(const char *name, size_t length);
charset charset_of_type(const char *type, size_t length);

/* The character that a byte of CHARSET_LATIN is. */
uint32_t charset_latin(unsigned char byte);

/* Begins text with the mark of UTF-16? */
bool charset_is_marked(const char *text, size_t length);

/* One text. Who makes it sets `said` alone, which is believed where the bytes allow it: texts that are UTF-8 stay as
 * they are. */
typedef struct charset_reader {
  charset said;
  enum {
    CHARSET_BEGINS,
    CHARSET_AS_IS,
    CHARSET_OPEN,
    CHARSET_BYTES,
    CHARSET_PAIRS
  } way;    /* OPEN: all was ASCII so far */
  bool big; /* of UTF-16 */
} charset_reader;

/*
 * Appends what the text's next bytes come to, and returns how many were taken. The others, three at the most, have to
 * come again before what follows them. `ended`: nothing does. SIZE_MAX: `wrong` says why (static text).
 */
size_t charset_read(charset_reader *c, const char *text, size_t length, bool ended, bytes *out, const char **wrong);

#endif
