/*
 * What `read` printed, read again for its states, however large it is: of all lines only the last STATE message of each
 * stream is kept. Any other file is a document, and read whole.
 */
#ifndef PERIGEE_PRINTED_H
#define PERIGEE_PRINTED_H

#include "base/bytes.h"

/* The caller's: {0} before, and freed with printed_free in any case. */
typedef struct printed {
  bool is_document;
  bytes document; /* its text, where it is one */
  bytes *states;  /* else STATE lines, the last one of each stream, without their newlines */
  size_t count;
  size_t foreign; /* the number, from 1, of the first line that is no message; 0: all are */

  size_t limit, lines; /* while it is read: of a document; the lines so far */
  bytes line;          /* the beginning of the present line, as much of it as is needed */
  bool is_skipped;     /* the rest of the present line is not needed */
  bool has_messages, has_failed;
} printed;

/* Reads a file ("-": standard input); a document of at most `limit` bytes. Returns NULL, or why it failed: static text.
 */
const char *printed_read(printed *p, const char *path, size_t limit);
void printed_free(printed *p);

#endif
