#include "json/json_rows.h"

#include <stdlib.h>

#define FIRST_ROWS 64 /* a page of most servers fits, or does after one doubling */
#define FIRST_ENTRIES 1024

/* `each`: how many there are for each of `capacity`. */
static bool resize(json_slice **slices, size_t capacity, size_t each) {
  if (capacity == 0 || each == 0) return true;
  if (capacity > SIZE_MAX / each) return false;
  json_slice *resized = reallocarray(*slices, capacity * each, sizeof *resized);
  if (resized != NULL) *slices = resized;
  return resized != NULL;
}

static bool resize_ends(json_rows *rows, size_t capacity) {
  if (capacity == 0 || (!rows->has_entries && !rows->entry_ends)) return true;
  size_t *resized = reallocarray(rows->entry_ends, capacity, sizeof *resized);
  if (resized != NULL) rows->entry_ends = resized;
  return resized != NULL;
}

bool json_rows_clear(json_rows *rows, size_t field_count, bool has_entries) {
  rows->count = rows->nulls = rows->entry_count = 0;
  rows->refused = rows->marked = 0;
  rows->has_entries = has_entries;
  if (rows->entry_ends == NULL && !resize_ends(rows, rows->capacity)) return false;
  if (field_count != rows->field_count && !resize(&rows->fields, rows->capacity, field_count)) return false;
  rows->field_count = field_count;
  return true;
}

bool json_rows_room(json_rows *rows, size_t most) {
  if (rows->count < rows->capacity) return true;
  size_t capacity = rows->capacity > 0 ? rows->capacity * 2 : FIRST_ROWS;
  if (most > 0 && capacity > most) capacity = most;
  if (!resize(&rows->rows, capacity, 1) || !resize(&rows->fields, capacity, rows->field_count) ||
      !resize_ends(rows, capacity))
    return false;
  rows->capacity = capacity;
  return true;
}

bool json_rows_grow(json_rows *rows) {
  size_t capacity = rows->entry_capacity > 0 ? rows->entry_capacity * 2 : FIRST_ENTRIES;
  json_entry *entries = capacity <= JSON_MOST_ENTRIES ? reallocarray(rows->entries, capacity, sizeof *entries) : NULL;
  if (entries == NULL) return false;
  rows->entries = entries;
  rows->entry_capacity = capacity;
  return true;
}

size_t json_rows_memory(const json_rows *rows) {
  size_t row = (1 + rows->field_count) * sizeof *rows->rows + (rows->entry_ends ? sizeof *rows->entry_ends : 0);
  return rows->capacity * row + rows->entry_capacity * sizeof *rows->entries;
}

void json_rows_free(json_rows *rows) {
  free(rows->rows);
  free(rows->fields);
  free(rows->entries);
  free(rows->entry_ends);
  *rows = (json_rows){0};
}
