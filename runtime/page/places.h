/* Where a response's records stand: an array or one record, or, along a path with a *, several; each perhaps wrapped.
 */
#ifndef PERIGEE_PLACES_H
#define PERIGEE_PLACES_H

#include "json/json.h"

#define PLACES_DEPTH 16 /* of * in a path, at the most */

typedef struct places {
  const char *path;   /* to the records (json_path.h); NULL: the response itself */
  bool elements;      /* the text was XML: several of a name are an array, one is none, and none is not there */
  bool may_lack;      /* of these, there need not be one, if what leads to them is there */
  const char *unwrap; /* from an element of the array to the record in it, or NULL */
} places;

/*
 * Splits the records of a text that json_valid accepted; `*units` is how many elements stand where the path has its
 * first *, or else in the array: what a server counts. A list that is null, or absent beside others, below a * is
 * empty. False: `error` says why, and rows->count is 0.
 */
bool places_split(const places *at, char *text, json_slice root, const json_query *query, json_rows *rows,
                  size_t *units, json_error *error);

/* Where the line of an offset begins; `*row` is raised by the rows before it. */
size_t places_line(const char *text, size_t offset, uint64_t *row);

/* The records of a text of lines, of which each that is not blank is one, perhaps wrapped. */
bool places_split_lines(const places *at, char *text, size_t length, const json_query *query, json_rows *rows,
                        json_error *error);

#endif
