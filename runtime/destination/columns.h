/* The columns of a stream's table: which field of the records each holds, under which name, and what kinds of values.
 */
#ifndef PERIGEE_COLUMNS_H
#define PERIGEE_COLUMNS_H

#include "base/bytes.h"

#include <stdint.h>

#define COLUMNS_MOST 1900 /* of a table without other rules; further fields go into one column together */

/* Beside the kinds of page/record.h: a text that is a time. */
#define COLUMN_TIME 256

typedef struct table_column {
  char *field; /* the records' name for it, unescaped; a zero byte ends it */
  size_t field_length;
  char *name;
  unsigned kinds;           /* that it may hold by the schema, or has held */
  unsigned char type, made; /* the database's own, where its columns have types; 0: it has none yet */
  char *beside;             /* there: the column of values that this one cannot hold; NULL: none so far */
} table_column;

/* What a database takes as columns. */
typedef struct column_rules {
  size_t most;                 /* of a table */
  size_t longest;              /* bytes of a name */
  bool is_folded;              /* names are in lower case, as the database reads those without quotes */
  const char *const *reserved; /* its own names; NULL ends them */
} column_rules;

/* {0} is empty and valid; columns_free frees it. */
typedef struct columns {
  const column_rules *rules; /* NULL: COLUMNS_MOST columns of any name */
  table_column *list;
  size_t count, capacity;
  uint32_t *slots; /* by field: places in the list + 1, or 0; open addressing; at most half full */
  size_t size;     /* of slots, a power of two */
  bytes others;    /* names that the table's owner has given to columns of his, each with a zero byte behind it */
} columns;

/* No column gets this name. False: memory is short. */
bool columns_reserve(columns *c, const char *name);

/*
 * Adds a column. `name`: the one that it has already; NULL: one is made of the field's, which differs from all others
 * and from those of ours though case does not count. Returns its place, or SIZE_MAX: memory is short.
 */
size_t columns_add(columns *c, const char *field, const char *name, unsigned kinds);
void columns_free(columns *c); /* `rules` stay */

/* Has the table as many columns as it may have? */
bool columns_are_full(const columns *c);

/* Gives a column one beside it, whose name ends so. False: memory is short. */
bool columns_add_beside(columns *c, size_t column, const char *ending);

/* The column of a field whose name, the inside of a JSON string, is given; `next` is looked at first. SIZE_MAX: none.
 */
size_t columns_find(const columns *c, const char *inside, size_t length, size_t next);

/* The column of a field by its unescaped name. SIZE_MAX: none. */
size_t columns_named(const columns *c, const char *field);

/* Appends the kinds in words, such as `string or integer`. False: memory is short. */
bool columns_describe(unsigned kinds, bytes *out);

/* The kinds that one such word names, the inside of a JSON string; 0: none does. A schema's words are among them. */
unsigned columns_kind(const char *inside, size_t length);

/* The kinds that a text of such words names. */
unsigned columns_kinds(const char *text);

#endif
