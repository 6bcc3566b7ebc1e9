/* Reading from a descriptor: what is still to come, its end and a failure are three things, and no two look alike. */
#ifndef PERIGEE_INPUT_H
#define PERIGEE_INPUT_H

#include "base/bytes.h"

typedef enum input_state {
  INPUT_MORE,  /* more may come: something was read, or nothing is there yet (EAGAIN), or a signal came */
  INPUT_ENDED, /* all was read */
  INPUT_FAILED /* errno says why; ENOMEM where memory is short. What was read before is there */
} input_state;

/* Reads once, at most `most` bytes (above 0), and appends them. */
input_state input_read(int descriptor, size_t most, bytes *to);

#endif
