#include "page/row_splice.h"

#include "json/json_value.h"

#include <string.h>

/* One value in the place of another; length 0: absent. */
typedef struct spliced {
  json_slice target;
  json_slice source;
} spliced;

/* The last of equal names counts. */
static void note_member(const char *text, const json_iterator *member, const row_splice *splice, spliced *found) {
  for (size_t i = 0; i < splice->count; i++) {
    const char *path = splice->paths[i], *name = strchr(path, '.') + 1;
    if (json_string_is(text, member->key, name, strlen(name))) found[i].target = member->value;
    if (json_string_is(text, member->key, path, (size_t)(name - path) - 1))
      found[i].source = json_member(text, member->value, name);
  }
}

static bool differs(const char *text, const spliced *one) {
  if (!one->target.length || json_type_of(text, one->source) <= JSON_NULL) return false;
  return one->target.length != one->source.length ||
         memcmp(text + one->target.start, text + one->source.start, one->target.length) != 0;
}

/* The values of a record to be spliced, in the order of their places. Returns how many. */
static size_t find_spliced(const char *text, json_slice record, const row_splice *splice, spliced *found) {
  spliced all[ROW_MAX_SPLICED] = {0};
  size_t count = 0;
  for (json_iterator it = json_iterate(text, record); json_next(&it);) note_member(text, &it, splice, all);
  for (size_t i = 0; i < splice->count; i++) {
    if (!differs(text, &all[i])) continue;
    size_t at = count++;
    for (; at > 0 && found[at - 1].target.start > all[i].target.start; at--) found[at] = found[at - 1];
    found[at] = all[i];
  }
  return count;
}

bool row_splice_text(const bytes *text, const json_rows *rows, const row_splice *splice, bytes *out) {
  const char *from = text->data;
  size_t at = 0;
  spliced found[ROW_MAX_SPLICED];
  for (size_t i = 0; i < rows->count; i++) {
    size_t count = find_spliced(from, rows->rows[i], splice, found);
    for (size_t n = 0; n < count; n++) {
      if (!bytes_append(out, from + at, found[n].target.start - at) ||
          !bytes_append(out, from + found[n].source.start, found[n].source.length))
        return false;
      at = found[n].target.start + found[n].target.length;
    }
  }
  return at == 0 || bytes_append(out, from + at, text->length - at);
}
