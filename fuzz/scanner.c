/* The scanner: it takes what Jansson takes, and nothing else; and it finds the same rows. */
#include "input.h"
#include "other_json.h"
#include "json/json.h"
#include "json/json_value.h"

#include <string.h>

static const json_limits limits = {.depth = JSON_MAX_DEPTH};

static void check_rows(const json_rows *rows, const bytes *text) {
  size_t end = 0;
  for (size_t i = 0; i < rows->count; i++) {
    json_slice row = rows->rows[i];
    MUST(row.start >= end && row.length >= 2 && row.start + row.length <= text->length);
    MUST(text->data[row.start] == '{' && text->data[row.start + row.length - 1] == '}');
    end = row.start + row.length;
    for (size_t f = 0; f < rows->field_count; f++) {
      json_slice value = rows->fields[i * rows->field_count + f];
      MUST(!value.length || (value.start > row.start && value.start + value.length < end));
    }
  }
}

/* White space may change in place, and nothing else. */
static void check_bytes(const bytes *before, const bytes *now) {
  for (size_t i = 0; i < before->length; i++)
    MUST(before->data[i] == now->data[i] || (strchr("\r\n\t", before->data[i]) && now->data[i] == ' '));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"id", "dateCreated"};
  static const char *const watched[] = {"secret"};
  const json_watch watch = {watched, 1};
  static bytes text, copy;
  static json_rows rows;
  json_error error;
  other_json *other;
  input_rest(data, size, &text);
  bool valid = json_valid(text.data, text.length, limits, &error);
  opinion says = other_json_read(text.data, text.length, &other);
  MUST(says == IS_UNKNOWN || valid == (says == IS_JSON) || (!valid && error.code == JSON_TOO_DEEP));
  size_t nulls = 0, count = other ? other_json_rows(other, &nulls) : SIZE_MAX;
  input_rest(data, size, &copy);
  json_query query = {.fields = names, .field_count = 2, .watch = &watch, .limits = limits};
  bool split = json_split(copy.data, copy.length, &query, &rows, &error);
  MUST(!split || valid);
  if (valid && says == IS_JSON) MUST(split ? rows.count == count && rows.nulls == nulls : count == SIZE_MAX);
  if (split) check_rows(&rows, &copy);
  if (split) check_bytes(&text, &copy);
  other_json_free(other);
  return 0;
}
