#include "other_json.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

static json_t *of(const other_json *value) {
  return (json_t *)(uintptr_t)value;
}

opinion other_json_read(const char *text, size_t length, other_json **value) {
  json_error_t error;
  *value = NULL;
  if (memchr(text, 0, length)) return IS_NO_JSON; /* it takes a zero byte for the end */
  json_t *read = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
  *value = (other_json *)read;
  if (read) return IS_JSON;
  enum json_error_code code = json_error_code(&error);
  bool is_limit =
      code == json_error_numeric_overflow || code == json_error_stack_overflow || code == json_error_null_byte_in_key;
  return is_limit || strstr(error.text, "\\u") ? IS_UNKNOWN : IS_NO_JSON;
}

void other_json_free(other_json *value) {
  json_decref(of(value));
}

size_t other_json_rows(const other_json *value, size_t *nulls) {
  *nulls = 0;
  if (!json_is_array(of(value))) return SIZE_MAX;
  size_t count = json_array_size(of(value));
  for (size_t i = 0; i < count; i++) {
    json_t *one = json_array_get(of(value), i);
    if (json_is_null(one))
      ++*nulls;
    else if (!json_is_object(one))
      return SIZE_MAX;
  }
  return count - *nulls;
}

bool other_json_is_object(const other_json *value) {
  return json_is_object(of(value));
}

other_json *other_json_with(const other_json *object, const char *name, size_t length, const other_json *set) {
  json_t *key = json_stringn(name, length);
  json_t *copy = key && !memchr(name, 0, length) ? json_copy(of(object)) : NULL;
  if (copy && set) json_object_set(copy, name, of(set));
  if (copy && !set) json_object_del(copy, name);
  json_decref(key);
  return (other_json *)copy;
}

bool other_json_has(const other_json *object, const char *name) {
  return json_object_get(of(object), name) != NULL;
}

bool other_json_equal(const other_json *a, const other_json *b) {
  return json_equal(of(a), of(b)) == 1;
}
