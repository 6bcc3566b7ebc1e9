/* Two connectors' outputs, compared by the keys of their records: which are missing, which came besides, what differs.
 */
#ifndef PERIGEE_COMPARE_H
#define PERIGEE_COMPARE_H

#include "base/bytes.h"
#include "base/siphash.h"
#include "compare/store.h"
#include "compare/stream_pair.h"

/* What was read of one side. */
typedef struct compared_file {
  const char *path;
  int64_t lines, foreign, unreadable;
  int64_t failures;         /* errors that are of no stream */
  int64_t first_unreadable; /* its number, from 1 */
  const char *why;          /* it is unreadable: static text */
} compared_file;

/* The caller's: {0} before, but for `pairs.keys`; freed in any case. */
typedef struct comparison {
  compared_file files[2];
  stream_pairs pairs;
  store store;
  siphash_seed seed;
  bytes failure; /* why it could not be done */

  int side; /* the file that is read; the line so far, and what is made of it */
  bytes line, key, body;
  bool has_failed;
} comparison;

/* Reads both files ("-": standard input) and compares them. False: `failure` says why that could not be done. */
bool compare_files(comparison *c, const char *a, const char *b);
void compare_free(comparison *c);

#endif
