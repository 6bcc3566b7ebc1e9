#include "destination/left_out.h"

#include "json/json_value.h"

#include <string.h>

bool left_out_has(const left_out *out, const char *text, json_slice key) {
  char first = text[key.start + 1]; /* of an empty name: its quote */
  for (size_t i = 0; i < out->count; i++)
    if ((first == out->names[i][0] || first == '\\') && json_string_is(text, key, out->names[i], strlen(out->names[i])))
      return true;
  return false;
}

static bool occurs(const left_out *out, const char *text, json_slice object, bool deeper) {
  for (json_iterator it = json_iterate(text, object); json_next(&it);)
    if (left_out_has(out, text, it.key) ||
        (deeper && json_type_of(text, it.value) == JSON_OBJECT && occurs(out, text, it.value, false)))
      return true;
  return false;
}

bool left_out_occurs(const left_out *out, const char *text, json_slice object) {
  return out->count && json_type_of(text, object) == JSON_OBJECT && occurs(out, text, object, false);
}

bool left_out_occurs_in_record(const left_out *out, const char *text, size_t length) {
  return out->count && occurs(out, text, json_root(text, length), true);
}

/* Members that stay keep their bytes, and so does what stands between two of them. */
static bool copy(const left_out *out, const char *text, json_slice object, bool deeper, bytes *to) {
  size_t done = object.start + 1;
  bool ok = bytes_text(to, "{"), any = false;
  for (json_iterator it = json_iterate(text, object); ok && json_next(&it); done = it.value.start + it.value.length) {
    if (left_out_has(out, text, it.key)) continue;
    const char *before = text + done;
    size_t gap = it.key.start - done;
    const char *comma = memchr(before, ',', gap);
    if (comma) gap -= (size_t)(comma + 1 - before), before = comma + 1;
    if (!any && done != object.start + 1) gap = 0; /* that was between two that are gone */
    ok = (!any || bytes_text(to, ",")) && bytes_append(to, before, gap);
    any = true;
    bool inner = deeper && json_type_of(text, it.value) == JSON_OBJECT;
    ok = ok && bytes_append(to, text + it.key.start, it.value.start - it.key.start) &&
         (inner ? copy(out, text, it.value, false, to) : bytes_append(to, text + it.value.start, it.value.length));
  }
  return ok && bytes_text(to, "}");
}

bool left_out_object(const left_out *out, const char *text, json_slice object, bytes *to) {
  return copy(out, text, object, false, to);
}

bool left_out_record(const left_out *out, const char *text, size_t length, bytes *to) {
  return copy(out, text, json_root(text, length), true, to);
}
