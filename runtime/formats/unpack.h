/*
 * The text of a file that comes piece by piece, gzip taken off: members of any number (RFC 1952), and once more where a
 * server packs what is packed. What is packed is known by its first bytes.
 */
#ifndef PERIGEE_UNPACK_H
#define PERIGEE_UNPACK_H

#include "base/bytes.h"

typedef struct unpack unpack;

/* Where pieces come from: appends nothing itself; the first `length` bytes at `data` are there to be taken. */
typedef struct unpack_input {
  const char *data;
  size_t length;
  bool ended; /* nothing comes behind them */
} unpack_input;

typedef enum unpack_code {
  UNPACK_SOME,  /* text was appended */
  UNPACK_NEEDS, /* more input */
  UNPACK_END,   /* the file's, whole */
  UNPACK_CUT,   /* the input ends within a member */
  UNPACK_CORRUPT,
  UNPACK_NO_MEMORY
} unpack_code;

/* `packed`: it is said to be gzip, so that an empty one is cut. NULL: memory is short. */
unpack *unpack_new(bool packed);
void unpack_free(unpack *u); /* NULL is allowed */

/* Appends at most UNPACK_PIECE bytes of text to `out`, and moves the input on behind what was taken. */
#define UNPACK_PIECE ((size_t)64 << 10)
unpack_code unpack_text(unpack *u, unpack_input *from, bytes *out);

/* Appends all of a file that is there whole: UNPACK_END; or UNPACK_SOME, where its text is longer than `most`. */
unpack_code unpack_all(bool packed, const bytes *file, size_t most, bytes *out);

#endif
