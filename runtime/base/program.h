/* Other programs, run to their end: for verbs for people, who have them installed or not. */
#ifndef PERIGEE_PROGRAM_H
#define PERIGEE_PROGRAM_H

#include "base/bytes.h"

/*
 * Runs words[0], found by PATH, with the words (they end with NULL), no shell between, nothing on its standard input.
 * Appends what it writes, at most `limit` bytes, the rest is dropped. `status`: its exit status; -1: a signal ended it.
 * Returns NULL, "absent" when there is no such program, or what the system said.
 */
const char *program_run(char *const *words, size_t limit, bytes *out, int *status);

#endif
