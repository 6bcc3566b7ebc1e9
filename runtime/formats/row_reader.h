/*
 * The rows of a file, a line of JSON each, while the file comes: what is there of it is taken piece by piece, and no
 * more than is asked for. Blank lines are none. Nothing here knows where the file comes from.
 */
#ifndef PERIGEE_ROW_READER_H
#define PERIGEE_ROW_READER_H

#include "base/bytes.h"
#include "base/charset.h"
#include "formats/unpack.h"

#include <stdint.h>

#define ROW_LONGEST ((size_t)32 << 20) /* bytes of a line */

typedef struct row_reader row_reader;

typedef enum row_format { ROW_NDJSON, ROW_CSV } row_format;

typedef struct row_options {
  row_format format;
  bool packed;    /* the file is said to be gzip */
  charset said;   /* how the file is said to be encoded */
  char delimiter; /* of CSV */
  bytes needs;    /* of CSV: columns that there must be, each with a zero byte behind it; who sets it frees it */
} row_options;

/* NULL: memory is short, or a library is not there, which `why` (of ROW_WHY bytes) says. */
#define ROW_WHY 200
row_reader *row_reader_new(const row_options *options, char *why);
void row_reader_free(row_reader *r); /* NULL is allowed */

typedef enum row_code {
  ROW_READY,   /* as many rows as wanted are there */
  ROW_NEEDS,   /* more of the file */
  ROW_END,     /* of the file: what rows there are, are the last ones */
  ROW_CORRUPT, /* it is cut or broken; row_reader_why says how */
  ROW_WRONG,   /* it is whole, and not what it is taken for */
  ROW_TOO_LARGE,
  ROW_FAILED /* memory is short */
} row_code;

/* The word of a failure that scripts see. */
const char *row_code_name(row_code code);

/* Reads on until `wanted` rows are there, or ROW_PAGE bytes of them. The input is moved on behind what was taken. */
#define ROW_PAGE ((size_t)8 << 20)
row_code row_reader_run(row_reader *r, unpack_input *from, size_t wanted);
const char *row_reader_why(const row_reader *r);

/* How many rows are there. */
size_t row_reader_count(const row_reader *r);

/*
 * Moves at most `most` rows, or somewhat more than ROW_PAGE bytes of them, to the end of `out` (NULL: nowhere). Returns
 * how many; SIZE_MAX: memory is short.
 */
size_t row_reader_take(row_reader *r, size_t most, bytes *out);

/* How many rows were taken so far, and a hash of them, by which another reader of the same file knows that it is. */
uint64_t row_reader_place(const row_reader *r, uint64_t *hash);

/*
 * Appends all rows of a file that is there whole: ROW_END; or ROW_READY, where those are longer than `most`. Of another
 * code `why` (of ROW_WHY bytes) tells.
 */
row_code row_read_all(const row_options *options, const bytes *file, size_t most, bytes *out, char *why);

#endif
