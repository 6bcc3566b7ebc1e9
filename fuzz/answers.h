/* The server of the target `answers`: it has rows, and lists them page by page; what goes wrong, the input says. */
#ifndef PERIGEE_FUZZ_ANSWERS_H
#define PERIGEE_FUZZ_ANSWERS_H

#include "base/bytes.h"

#include <stdint.h>

typedef struct answers {
  const uint8_t *data; /* of the input, what was not taken yet */
  size_t size;
  unsigned rows;  /* that there are */
  unsigned page;  /* rows of a page */
  unsigned piece; /* bytes that are sent in one turn; 0: all */
  bool raw;       /* the input is its answers, byte for byte, with ANSWERS_MARK between them */
} answers;

#define ANSWERS_MARK "\0\377"
#define ANSWERS_MARK_SIZE 2

/* The row of a number, appended. */
void answers_row(unsigned number, bytes *out);

/* Responds to whatever was asked. */
void answers_serve(answers *a);

#endif
