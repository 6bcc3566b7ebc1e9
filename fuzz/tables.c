/* From a schema to a table's columns, and from records to its rows. */
#include "destination/schema.h"

#include "destination/value.h"
#include "input.h"
#include "json/json_value.h"

#include <string.h>
#include <strings.h>

static const json_limits limits = {.depth = JSON_MAX_DEPTH};

/* No two have one name, whatever the case: a database would refuse the table. */
static void check_names(const columns *c) {
  for (size_t i = 0; i < c->count; i++)
    for (size_t j = i + 1; j < c->count && j < i + 40; j++) MUST(strcasecmp(c->list[i].name, c->list[j].name) != 0);
}

static void read_schema(const bytes *text, columns *c) {
  json_error error;
  schema s = {0};
  if (!json_valid(text->data, text->length, limits, &error)) return;
  MUST(schema_read(&s, text->data, text->length));
  for (size_t i = 0; i < s.count; i++)
    if (columns_named(c, s.fields[i].name) == SIZE_MAX && !columns_are_full(c))
      MUST(columns_add(c, s.fields[i].name, NULL, s.fields[i].kinds) != SIZE_MAX);
  schema_free(&s);
}

static void read_values(const row *r, const columns *c, const char *text) {
  static bytes own;
  for (size_t i = 0; i < c->count && i < r->capacity; i++) {
    json_slice slice;
    value v;
    const char *from = row_value(r, text, i, &slice);
    bytes_clear(&own);
    if (slice.length) MUST(value_read(from, slice, i & 1, &own, &v));
  }
}

/* A schema, a zero byte, a record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes text, record;
  static const left_out hidden = {{"secret"}, 1};
  json_error error;
  columns c = {0};
  row r = {0};
  input_word(&data, &size, &text);
  input_rest(data, size, &record);
  read_schema(&text, &c);
  bool is_object = json_valid(record.data, record.length, limits, &error) &&
                   json_type_of(record.data, json_root(record.data, record.length)) == JSON_OBJECT;
  if (is_object) {
    json_slice root = json_root(record.data, record.length);
    const char *at = record.data + root.start;
    MUST(row_read(&r, &c, &hidden, at, root.length, (json_entries){.is_marked = true}));
    read_values(&r, &c, at);
  }
  check_names(&c);
  row_free(&r);
  columns_free(&c);
  return 0;
}
