#include "page/row_digest.h"

#include "json/json_value.h"

/* The values of the members that are left out, in the order in which they stand. Returns how many. */
static size_t find_changing(const char *text, json_slice record, const row_changing *changing, json_slice *found) {
  size_t count = 0;
  for (size_t i = 0; i < changing->count; i++) {
    json_slice value = json_path(text, record, changing->paths[i]);
    if (!value.length) continue;
    size_t at = count++;
    for (; at > 0 && found[at - 1].start > value.start; at--) found[at] = found[at - 1];
    found[at] = value;
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
