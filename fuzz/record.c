/* Edits of a record: what becomes of it is what Jansson makes of the same edit. */
#include "page/record.h"

#include "input.h"
#include "other_json.h"
#include "json/json_value.h"

/* What Jansson reads may be nested twice as deep as the scanner takes it. */
static bool is_deep(const bytes *text) {
  json_error error;
  return !json_valid(text->data, text->length, (json_limits){.depth = JSON_MAX_DEPTH}, &error) &&
         error.code == JSON_TOO_DEEP;
}

static void check(const bytes *out, other_json *expected) {
  json_error error;
  other_json *made;
  if (is_deep(out)) return;
  MUST(json_valid(out->data, out->length, (json_limits){.depth = JSON_MAX_DEPTH}, &error));
  MUST(other_json_read(out->data, out->length, &made) == IS_JSON);
  MUST(other_json_equal(made, expected));
  other_json_free(made);
}

/* The input: a name, a zero byte, a value, a zero byte, a record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes name, value, text, out;
  other_json *set, *record;
  input_word(&data, &size, &name);
  input_word(&data, &size, &value);
  input_rest(data, size, &text);
  opinion of_value = other_json_read(value.data, value.length, &set);
  opinion of_record = other_json_read(text.data, text.length, &record);
  json_slice root = json_root(text.data, text.length);
  if (of_value == IS_JSON && of_record == IS_JSON && !is_deep(&text) && other_json_is_object(record)) {
    other_json *with = other_json_with(record, name.data, name.length, set);
    other_json *without = with ? other_json_with(record, name.data, name.length, NULL) : NULL;
    bytes_clear(&out);
    MUST(record_set(text.data, root, name.data, name.length, &value, &out));
    if (with) check(&out, with);
    bytes_clear(&out);
    MUST(record_without(text.data, root, name.data, name.length, &out));
    if (without) check(&out, without);
    json_slice member = record_member(text.data, root, name.data, name.length);
    if (with) MUST((member.length > 0) == other_json_has(record, name.data));
    other_json_free(with);
    other_json_free(without);
  }
  other_json_free(set);
  other_json_free(record);
  return 0;
}
