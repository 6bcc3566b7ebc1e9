/* Members taken out of the records of a text, by splicing: all else keeps its bytes. */
#ifndef PERIGEE_ROW_WITHOUT_H
#define PERIGEE_ROW_WITHOUT_H

#include "base/bytes.h"
#include "json/json.h"

#define ROW_MAX_WITHOUT 8
#define ROW_WITHOUT_DEPTH 8 /* names of a path, at the most */

/* Paths of names (json_path.h) through objects; "dsn.secret" is the member of that name within a record's `dsn`. */
typedef struct row_without {
  const char *paths[ROW_MAX_WITHOUT];
  size_t count;
} row_without;

/* Is it a path that can be followed here: names alone, and not too many? */
bool row_without_valid(const char *path);

/*
 * Appends the text to `out` without these members of its records, each with the comma that joined it to what stays.
 * Nothing is appended where no record has any. False: memory is short.
 */
bool row_without_text(const bytes *text, const json_rows *rows, const row_without *without, bytes *out);

#endif
