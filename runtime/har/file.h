/*
 * The file that a recording grows in: JSON text appended at its end, in entries, with a tail behind the last one that
 * makes it whole. The first failure stays; from then on nothing more is written, so callers need not ask each time.
 */
#ifndef PERIGEE_HAR_FILE_H
#define PERIGEE_HAR_FILE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct har_file {
  int file;
  int error;        /* errno of the first failure; 0: none */
  const char *tail; /* static text */
  off_t end;        /* of the last entry; the tail follows there */
  off_t at;         /* where `waiting` goes */
  bytes waiting;    /* of the entry under way, not yet in the file */
  bytes encoded;    /* one chunk of a string */
} har_file;

/* Creates or empties a regular file, mode 0600. False: f->error says why. Closed by har_file_close either way. */
bool har_file_open(har_file *f, const char *path, const char *tail);

/* Closes the file and frees memory. False: f->error says what was not written. */
bool har_file_close(har_file *f);

/* Starts an entry over the tail, or ends it by a new tail. False: it could not be written, and is not there. */
void har_file_begin(har_file *f);
bool har_file_commit(har_file *f);

/* Notes a failure: ENOMEM of a caller, say. */
void har_file_fail(har_file *f, int error);

/* Appends text, a number after text, or data as a JSON string (invalid UTF-8 as U+FFFD, or all in base64). */
void har_file_put(har_file *f, const char *text);
void har_file_put_number(har_file *f, const char *before, int64_t number);
void har_file_put_string(har_file *f, const char *data, size_t length);
void har_file_put_base64(har_file *f, const char *data, size_t length);

#endif
