#include "page/row_digest.h"

#include "json/json_value.h"

#include <string.h>

/* Notes the value of a member for each path that begins with its name; the last of equal names counts. */
static void note_member(const char *text, const json_iterator *member, const row_changing *changing,
                        json_slice *values) {
  for (size_t i = 0; i < changing->count; i++) {
    const char *path = changing->paths[i];
    size_t length = strcspn(path, ".");
    if (json_string_is(text, member->key, path, length))
      values[i] = json_path(text, member->value, path + length + (path[length] == '.'));
  }
}

/* The values of the members that are left out, in the order in which they stand, by one pass. Returns how many. */
static size_t find_changing(const char *text, json_slice record, const row_changing *changing, json_slice *found) {
  json_slice values[ROW_MAX_CHANGING] = {0};
  size_t count = 0;
  for (json_iterator it = json_iterate(text, record); json_next(&it);) note_member(text, &it, changing, values);
  for (size_t i = 0; i < changing->count; i++) {
    if (!values[i].length) continue;
    size_t at = count++;
    for (; at > 0 && found[at - 1].start > values[i].start; at--) found[at] = found[at - 1];
    found[at] = values[i];
  }
  return count;
}

key row_digest(const char *text, json_slice record, const row_changing *changing) {
  json_slice left_out[ROW_MAX_CHANGING];
  size_t count = find_changing(text, record, changing, left_out);
  size_t at = record.start, end = record.start + record.length;
  key digest = {.high = 2}; /* no text is the digest of a record and its key */
  for (size_t i = 0; i < count; i++) {
    if (left_out[i].start < at) continue; /* within one that is left out */
    digest = key_of(digest, text + at, left_out[i].start - at);
    at = left_out[i].start + left_out[i].length;
  }
  return key_of(digest, text + at, end - at);
}
