/* The rows of a page that was split (json.h): where its records are, fields of theirs, and their members. */
#ifndef PERIGEE_JSON_ROWS_H
#define PERIGEE_JSON_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a text. length 0: absent (no JSON value is empty). */
typedef struct json_slice {
  size_t start;
  size_t length;
} json_slice;

/* A member of a record, in bytes from the record's start; the key with its quotes. */
typedef struct json_entry {
  uint32_t key, key_length, value, length;
} json_entry;

#define JSON_MOST_ENTRIES ((size_t)1 << 18) /* of a page; where there are more, none are noted */

/* The rows of a page: records and, for each, the values of the fields asked for. {0} is empty and valid. */
typedef struct json_rows {
  json_slice *rows;
  json_slice *fields; /* count x field_count, row by row */
  size_t count;
  uint64_t refused; /* bits: a row whose number modulo 64 is not among them has no escape that json_escape_is_refused
                       names */
  uint64_t marked;  /* likewise: a row that is not among them has no member that json_watch names */
  size_t nulls;     /* elements of the array that were null: no records, and not counted among them */
  size_t capacity;
  size_t field_count;
  json_entry *entries; /* of all rows, one after the other */
  size_t *entry_ends;  /* for each row, where its entries end */
  size_t entry_count, entry_capacity;
  bool has_entries; /* they were asked for, and are not too many */
} json_rows;

/* The members of a row. `list` NULL: they were not noted. */
typedef struct json_entries {
  const json_entry *list;
  size_t count;
  bool is_marked; /* false: none has a name that json_watch names */
} json_entries;

static inline json_entries json_entries_of(const json_rows *rows, size_t row) {
  if (!rows || !rows->has_entries || !rows->entries) return (json_entries){.is_marked = true};
  size_t first = row ? rows->entry_ends[row - 1] : 0;
  return (json_entries){rows->entries + first, rows->entry_ends[row] - first, rows->marked >> row % 64 & 1};
}

void json_rows_free(json_rows *rows);

/* How many bytes they take. */
size_t json_rows_memory(const json_rows *rows);

/* ---- for who splits */

/* Empties the rows and fits their memory to what is asked for. False: memory is short; so, too, below. */
bool json_rows_clear(json_rows *rows, size_t field_count, bool has_entries);

/* Makes room for one more row, but for no more than `most` (0: any number), of which there are fewer. */
bool json_rows_room(json_rows *rows, size_t most);

bool json_rows_grow(json_rows *rows);

/* Adds an entry to the row that is split. Where there is no room for it, no row has entries: readers can do without. */
static inline void json_rows_note(json_rows *rows, json_entry entry) {
  if (!rows->has_entries) return;
  if (rows->entry_count == rows->entry_capacity && !json_rows_grow(rows))
    rows->has_entries = false;
  else
    rows->entries[rows->entry_count++] = entry;
}

#endif
