/*
 * Values that a record holds one level down, put in the place of those of the same names at its top, by splicing: all
 * else keeps its bytes.
 */
#ifndef PERIGEE_ROW_SPLICE_H
#define PERIGEE_ROW_SPLICE_H

#include "base/bytes.h"
#include "json/json.h"

#define ROW_MAX_SPLICED 8

/* Paths of two names, such as "lifetime.count": that value takes the place of the record's "count". */
typedef struct row_splice {
  const char *paths[ROW_MAX_SPLICED];
  size_t count;
} row_splice;

/*
 * Appends the text to `out` with the values spliced into those records that have both, the one not null. Nothing is
 * appended where no value differs. False: memory is short.
 */
bool row_splice_text(const bytes *text, const json_rows *rows, const row_splice *splice, bytes *out);

#endif
