/* A record as a row: one look at its top-level members, which become slices by column. */
#ifndef PERIGEE_ROW_H
#define PERIGEE_ROW_H

#include "base/bytes.h"
#include "destination/columns.h"
#include "destination/left_out.h"
#include "json/json.h"

/* {0} is empty and valid. The slices of the row that was read last, by the places of columns. */
typedef struct row {
  json_slice *values; /* length 0: absent. They count from `text`, or from `edits` where that is set */
  bool *is_edited;
  size_t *expected; /* the columns of a record's members, as they were in the one before */
  size_t capacity;
  bytes edits; /* values without what is left out */
  bytes more;  /* an object of the fields that have no column; empty: none */
  bytes name;
} row;

/*
 * Reads a record of accepted text, by its members where those were noted. Fields that have no column yet get one at the
 * end of `c`, of no kinds, until there are as many as there may be. Of a field that comes twice, the last counts.
 * False: memory is short.
 */
bool row_read(row *r, columns *c, const left_out *out, const char *text, size_t length, json_entries known);
void row_free(row *r);

/* The value of a column: `*slice` is a slice of the text that is returned. */
const char *row_value(const row *r, const char *text, size_t column, json_slice *slice);

#endif
