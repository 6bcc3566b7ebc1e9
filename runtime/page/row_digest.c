#include "page/row_digest.h"

#include "json/json_value.h"

#include <string.h>

/* A record on its way into its digest: what stands before `at` is in it, or was left out. */
typedef struct digesting {
  const char *text;
  size_t at;
  key digest;
} digesting;

static void take_to(digesting *d, size_t end) {
  d->digest = key_of(d->digest, d->text + d->at, end - d->at);
  d->at = end;
}

static void look_into(digesting *d, json_slice value, const row_changing *changing);

/* "2026-01-31T18:21:07.123456Z" says as much as "2026-01-31T18:21:07Z". */
static void leave_fraction(digesting *d, json_slice value) {
  size_t second = value.start + sizeof "\"2026-01-31T18:21:07" - 1, end = value.start + value.length;
  if (second >= end) return;
  take_to(d, second);
  if (d->text[d->at] != '.') return;
  while (++d->at < end && d->text[d->at] >= '0' && d->text[d->at] <= '9') continue;
}

/* Leaves the member out where a path ends with it; looks into it where paths lead on. */
static void look_at(digesting *d, const json_iterator *member, const row_changing *changing) {
  row_changing within = {.count = 0};
  for (size_t i = 0; i < changing->count; i++) {
    const char *path = changing->paths[i];
    size_t length = strcspn(path, ".");
    if (!json_string_is(d->text, member->key, path, length)) continue;
    if (!path[length]) {
      d->at = member->value.start + member->value.length;
      return;
    }
    within.paths[within.count++] = path + length + 1;
  }
  if (within.count) look_into(d, member->value, &within);
  const char *name = changing->to_second;
  if (name && json_string_is(d->text, member->key, name, strlen(name))) leave_fraction(d, member->value);
}

/* Member by member, each from the end of the one before it: a record that lacks what is left out says the same. */
static void look_into_object(digesting *d, json_slice object, const row_changing *changing) {
  take_to(d, object.start + 1);
  for (json_iterator it = json_iterate(d->text, object); json_next(&it);) {
    look_at(d, &it, changing);
    size_t end = it.value.start + it.value.length;
    if (d->at < end) take_to(d, end);
  }
}

/* As deep as a path has names: of an array, only the objects in it are looked into. */
static void look_into(digesting *d, json_slice value, const row_changing *changing) {
  if (json_type_of(d->text, value) == JSON_OBJECT) return look_into_object(d, value, changing);
  if (json_type_of(d->text, value) != JSON_ARRAY) return;
  for (json_iterator it = json_iterate(d->text, value); json_next(&it);)
    if (json_type_of(d->text, it.value) == JSON_OBJECT) look_into_object(d, it.value, changing);
}

key row_digest(const char *text, json_slice record, const row_changing *changing) {
  digesting d = {
      .text = text, .at = record.start, .digest = {.high = 2}}; /* no text is the digest of a record and its key */
  look_into_object(&d, record, changing);
  take_to(&d, record.start + record.length);
  return d.digest;
}
