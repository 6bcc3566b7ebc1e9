#include "destination/row.h"

#include "destination/value.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

/* The value without what is left out, in r->edits. */
static bool edit(row *r, size_t column, const left_out *out, const char *text, json_slice object) {
  size_t start = r->edits.length;
  if (!left_out_object(out, text, object, &r->edits)) return false;
  r->values[column] = (json_slice){start, r->edits.length - start};
  return r->is_edited[column] = true;
}

/* ---- columns */

static bool fit(row *r, size_t count) {
  if (count <= r->capacity) return true;
  size_t capacity = r->capacity ? r->capacity : 64;
  while (capacity < count) capacity *= 2;
  json_slice *values = realloc(r->values, capacity * sizeof *values);
  if (values) r->values = values;
  bool *edited = realloc(r->is_edited, capacity * sizeof *edited);
  if (edited) r->is_edited = edited;
  size_t *expected = realloc(r->expected, capacity * sizeof *expected);
  if (expected) r->expected = expected;
  if (!values || !edited || !expected) return false;
  for (size_t i = r->capacity; i < capacity; i++) values[i] = (json_slice){0}, edited[i] = false, expected[i] = i;
  r->capacity = capacity;
  return true;
}

/* The key in characters that a database takes, with a zero byte behind them. */
static bool clean_name(bytes *out, const char *text, json_slice key) {
  value name;
  if (!value_read(text, key, false, out, &name)) return false;
  if (!name.is_own) bytes_clear(out);
  return (name.is_own || bytes_append(out, name.text, name.length)) && bytes_append(out, "", 1);
}

/* The column of a field that none was found for. SIZE_MAX: it has none, or memory is short, which `ok` tells. */
static size_t new_column(row *r, columns *c, const char *text, json_slice key, bool *ok) {
  *ok = clean_name(&r->name, text, key);
  if (!*ok) return SIZE_MAX;
  size_t column = columns_named(c, r->name.data);
  if (column != SIZE_MAX || columns_are_full(c)) return column;
  column = columns_add(c, r->name.data, NULL, 0);
  *ok = column != SIZE_MAX && fit(r, c->count);
  return column;
}

/* A member without a column goes to the others, as it came but for what is left out. */
static bool add_more(row *r, const left_out *out, const char *text, json_slice key, json_slice slice) {
  if (r->more.length) r->more.length--; /* the brace */
  return bytes_text(&r->more, r->more.length ? "," : "{") && bytes_append(&r->more, text + key.start, key.length) &&
         bytes_text(&r->more, ":") &&
         (left_out_occurs(out, text, slice) ? left_out_object(out, text, slice, &r->more)
                                            : bytes_append(&r->more, text + slice.start, slice.length)) &&
         bytes_text(&r->more, "}");
}

/* `place`: how many members are before it. Records of one stream name them in one order, which need not be the
 * columns'. */
static bool read_member(row *r, columns *c, const left_out *out, const char *text, json_slice key, json_slice slice,
                        size_t place) {
  bool ok = true;
  if (left_out_has(out, text, key)) return true;
  size_t expected = place < r->capacity ? r->expected[place] : SIZE_MAX;
  size_t column = columns_find(c, text + key.start + 1, key.length - 2, expected);
  if (column == SIZE_MAX) column = new_column(r, c, text, key, &ok);
  if (column == SIZE_MAX) return ok && add_more(r, out, text, key, slice);
  if (place < r->capacity) r->expected[place] = column;
  r->values[column] = slice;
  r->is_edited[column] = false;
  return !left_out_occurs(out, text, slice) || edit(r, column, out, text, slice);
}

static bool read_noted(row *r, columns *c, const left_out *out, const char *text, json_entries known) {
  for (size_t i = 0; i < known.count; i++) {
    const json_entry *e = &known.list[i];
    if (!read_member(r, c, out, text, (json_slice){e->key, e->key_length}, (json_slice){e->value, e->length}, i))
      return false;
  }
  return true;
}

bool row_read(row *r, columns *c, const left_out *out, const char *text, size_t length, json_entries known) {
  static const left_out nothing = {0};
  size_t place = 0;
  if (!fit(r, c->count)) return false;
  for (size_t i = 0; i < r->capacity; i++) r->values[i] = (json_slice){0};
  bytes_clear(&r->edits);
  bytes_clear(&r->more);
  if (known.list) return read_noted(r, c, known.is_marked ? out : &nothing, text, known);
  for (json_iterator it = json_iterate(text, (json_slice){0, length}); json_next(&it);)
    if (!read_member(r, c, out, text, it.key, it.value, place++)) return false;
  return true;
}

const char *row_value(const row *r, const char *text, size_t column, json_slice *slice) {
  *slice = r->values[column];
  return r->is_edited[column] && slice->length ? r->edits.data : text;
}

void row_free(row *r) {
  free(r->values);
  free(r->is_edited);
  free(r->expected);
  bytes_wipe(&r->edits);
  bytes_free(&r->more);
  bytes_free(&r->name);
  *r = (row){0};
}
