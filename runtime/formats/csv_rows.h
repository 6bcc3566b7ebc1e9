/*
 * Rows of CSV (RFC 4180) as lines of JSON: an object of texts by the names in the header row. A column whose name is
 * empty, or came before, is called by its number: column_3, name_3. libcsv is loaded when the first file needs it.
 */
#ifndef PERIGEE_CSV_ROWS_H
#define PERIGEE_CSV_ROWS_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

#define CSV_NAMES ((size_t)256 << 10) /* bytes of all names, as JSON */
#define CSV_SLICE ((size_t)256)       /* bytes of text that are taken at once: how many rows they make is bounded */
#define CSV_WHY 200

typedef struct csv_rows csv_rows;

/* `needs`: columns, each with a zero byte behind it, without which it is another file. NULL: `why` (CSV_WHY bytes) says
 * why. */
csv_rows *csv_rows_new(char delimiter, const bytes *needs, char *why);
void csv_rows_free(csv_rows *c); /* NULL is allowed */

/* Appends the rows that end in this text; at most CSV_SLICE bytes of it. False: csv_rows_why says why. */
bool csv_rows_feed(csv_rows *c, const char *text, size_t length, bytes *lines);

/* The text has come to its end: the last row may lack its own. */
bool csv_rows_end(csv_rows *c, bytes *lines);

/* How many bytes of a row are there that has not ended. */
size_t csv_rows_open(const csv_rows *c);

/* What is wrong, and in the row of which number; 0: in the header, or in none. */
const char *csv_rows_why(const csv_rows *c, uint64_t *row);

#endif
