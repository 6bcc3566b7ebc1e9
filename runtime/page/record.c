#include "page/record.h"

#include "page/record_cut.h"
#include "json/json_value.h"

#include <string.h>

json_slice record_member(const char *text, json_slice record, const char *name, size_t length) {
  json_slice found = {0};
  json_iterator it = json_iterate(text, record);
  while (json_next(&it))
    if (json_string_is(text, it.key, name, length)) found = it.value;
  return found;
}

static size_t end_of(json_slice slice) {
  return slice.start + slice.length;
}

/* Copies the record without the members of this name; with a value, the one in_place_of stays, and has it. */
static bool copy_without(const char *text, json_slice record, const char *name, size_t length, const bytes *value,
                         json_slice in_place_of, bytes *out) {
  record_cut c = {.text = text, .out = out, .copied = record.start, .ok = true};
  json_iterator it = json_iterate(text, record);
  while (json_next(&it)) {
    bool named = json_string_is(text, it.key, name, length);
    if (named && !(value && it.value.start == in_place_of.start)) {
      record_cut_leave_out(&c, &it);
      continue;
    }
    record_cut_stay(&c, &it);
    if (!named) continue;
    record_cut_to(&c, it.value.start);
    c.ok = c.ok && bytes_append(out, value->data, value->length);
    c.copied = end_of(it.value);
  }
  record_cut_to(&c, end_of(record));
  return c.ok;
}

/* Before the closing brace, and the white space before that. */
static bool append_member(const char *text, json_slice record, const char *name, size_t length, const bytes *value,
                          bytes *out) {
  size_t end = record.start + 1;
  json_iterator it = json_iterate(text, record);
  while (json_next(&it)) end = end_of(it.value);
  bool first = end == record.start + 1;
  return bytes_append(out, text + record.start, end - record.start) && bytes_text(out, first ? "" : ",") &&
         json_quote(out, name, length) && bytes_text(out, ":") && bytes_append(out, value->data, value->length) &&
         bytes_append(out, text + end, end_of(record) - end);
}

bool record_set(const char *text, json_slice record, const char *name, size_t length, const bytes *value, bytes *out) {
  json_slice last = record_member(text, record, name, length);
  if (last.length == 0) return append_member(text, record, name, length, value, out);
  return copy_without(text, record, name, length, value, last, out);
}

bool record_without(const char *text, json_slice record, const char *name, size_t length, bytes *out) {
  return copy_without(text, record, name, length, NULL, (json_slice){0}, out);
}

static bool is_whole(const char *text, json_slice number) {
  for (size_t i = 0; i < number.length; i++)
    if (strchr(".eE", text[number.start + i])) return false;
  return true;
}

unsigned record_kind(const char *text, json_slice value) {
  switch (json_type_of(text, value)) {
  case JSON_NULL: return RECORD_NULL;
  case JSON_FALSE:
  case JSON_TRUE: return RECORD_BOOLEAN;
  case JSON_NUMBER: return is_whole(text, value) ? RECORD_INTEGER : RECORD_NUMBER;
  case JSON_STRING: return RECORD_STRING;
  case JSON_ARRAY: return RECORD_ARRAY;
  case JSON_OBJECT: return RECORD_OBJECT;
  case JSON_ABSENT: break;
  }
  return 0;
}

const char *record_kind_name(unsigned kind) {
  static const char *const names[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (kind == 1U << i) return names[i];
  return "nothing";
}
