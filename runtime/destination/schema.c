#include "destination/schema.h"

#include "page/record.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

/* That a text is a time, `format` says, and no word. */
static unsigned kind_of(const char *json, json_slice word) {
  if (json_type_of(json, word) != JSON_STRING) return 0;
  return columns_kind(json + word.start + 1, word.length - 2) & ~(unsigned)COLUMN_TIME;
}

/* `type` is a word or a list of words. A text that is a time is of that kind alone. */
static unsigned kinds_of(const char *json, json_slice property) {
  json_slice type = json_member(json, property, "type");
  unsigned kinds = kind_of(json, type);
  if (json_type_of(json, type) == JSON_ARRAY)
    for (json_iterator it = json_iterate(json, type); json_next(&it);) kinds |= kind_of(json, it.value);
  bool is_time = json_string_is(json, json_member(json, property, "format"), "date-time", 9);
  return is_time && kinds & RECORD_STRING ? (kinds & ~(unsigned)RECORD_STRING) | COLUMN_TIME : kinds;
}

static bool is_pairs(const char *json, json_slice property) {
  json_slice item = json_path(json, property, "items.properties");
  return json_member(json, item, "key").length && json_member(json, item, "value").length;
}

static bool add(schema *s, const char *json, const json_iterator *it) {
  bytes name = {0};
  bool ok = json_unescape(json, it->key, &name) && bytes_append(&name, "", 1);
  destination_field *fields = ok ? realloc(s->fields, (s->count + 1) * sizeof *fields) : NULL;
  if (fields) s->fields = fields;
  char *copy = fields ? strdup(name.data) : NULL;
  if (copy) s->fields[s->count++] = (destination_field){copy, kinds_of(json, it->value), is_pairs(json, it->value)};
  bytes_free(&name);
  return copy != NULL;
}

bool schema_read(schema *s, const char *json, size_t length) {
  json_slice properties = json_member(json, json_root(json, length), "properties");
  if (json_type_of(json, properties) != JSON_OBJECT) return true;
  for (json_iterator it = json_iterate(json, properties); json_next(&it);)
    if (!add(s, json, &it)) return false;
  return true;
}

void schema_free(schema *s) {
  for (size_t i = 0; i < s->count; i++) free((char *)s->fields[i].name);
  free(s->fields);
  *s = (schema){0};
}
