#include "page/row_digest.h"

#include "json/json_value.h"

#include <string.h>

/* A record on its way into its digest: what stands before `at` is in it, or was left out. */
typedef struct digesting {
  const siphash_seed *seed;
  siphash hash;
  const char *text;
  size_t at;
  char last; /* byte that went in */
} digesting;

/* `kind`: a number above 1, so that no text is the digest of a record and its key. */
static digesting begin(const siphash_seed *seed, const char *text, size_t at, unsigned char kind) {
  digesting d = {.seed = seed, .text = text, .at = at};
  siphash_begin(&d.hash, seed);
  siphash_add(&d.hash, (unsigned char[16]){kind}, 16);
  return d;
}

static void take_to(digesting *d, size_t end) {
  if (end <= d->at) return;
  siphash_add(&d->hash, d->text + d->at, end - d->at);
  d->last = d->text[end - 1];
  d->at = end;
}

/* The paths, less their first name, that lead on into one value. */
typedef struct paths {
  const char *rest[ROW_MAX_CHANGING];
  size_t count;
  bool unordered; /* it is an array whose order says nothing */
} paths;

/* What stands in a path behind a name: ".name" or "[]". */
static void add_rest(paths *to, const char *rest) {
  if (*rest == '[')
    to->unordered = true;
  else
    to->rest[to->count++] = rest + 1;
}

static size_t before_spaces(const char *text, size_t at) {
  while (text[at - 1] == ' ') at--;
  return at;
}

/* Where the member begins whose value this is, with the comma before it. Its key is one of ours: no quote is in it. */
static size_t member_start(const char *text, size_t value) {
  size_t at = before_spaces(text, value) - 1; /* at the colon */
  at = before_spaces(text, at) - 1;
  while (text[at - 1] != '"') at--;
  at = before_spaces(text, at - 1);
  return text[at - 1] == ',' ? before_spaces(text, at - 1) : at;
}

/* As if the member were not there: where it is the first one, the comma behind it goes, too. */
static void leave_out(digesting *d, json_slice value) {
  take_to(d, member_start(d->text, value.start));
  d->at = value.start + value.length;
  if (d->last != '{') return;
  size_t after = d->at + strspn(d->text + d->at, " ");
  if (d->text[after] == ',') d->at = after + 1 + strspn(d->text + after + 1, " ");
}

static void look_into(digesting *d, json_slice value, const paths *of);
static void take_unordered(digesting *d, json_slice array, const paths *of);

/* "2026-01-31T18:21:07.123456Z" says as much as "2026-01-31T18:21:07Z". */
static void leave_fraction(digesting *d, json_slice value) {
  size_t second = value.start + sizeof "\"2026-01-31T18:21:07" - 1, end = value.start + value.length;
  if (second >= end) return;
  take_to(d, second);
  if (d->text[d->at] != '.') return;
  while (++d->at < end && d->text[d->at] >= '0' && d->text[d->at] <= '9') continue;
}

static void look_within(digesting *d, json_slice value, const paths *of) {
  if (of->unordered)
    take_unordered(d, value, of);
  else if (of->count)
    look_into(d, value, of);
}

/* Leaves the member out where a path ends with it; looks into it where paths lead on. */
static void look_at(digesting *d, const json_iterator *member, const paths *of) {
  paths within = {.count = 0};
  for (size_t i = 0; i < of->count; i++) {
    size_t length = strcspn(of->rest[i], ".[");
    if (!json_string_is(d->text, member->key, of->rest[i], length)) continue;
    if (!of->rest[i][length]) return leave_out(d, member->value);
    add_rest(&within, of->rest[i] + length);
  }
  look_within(d, member->value, &within);
}

static void look_into_object(digesting *d, json_slice object, const paths *of) {
  take_to(d, object.start + 1);
  for (json_iterator it = json_iterate(d->text, object); json_next(&it);) look_at(d, &it, of);
}

/* As deep as a path has names: of an array, only the objects in it are looked into. */
static void look_into(digesting *d, json_slice value, const paths *of) {
  if (json_type_of(d->text, value) == JSON_OBJECT) return look_into_object(d, value, of);
  if (json_type_of(d->text, value) != JSON_ARRAY) return;
  for (json_iterator it = json_iterate(d->text, value); json_next(&it);)
    if (json_type_of(d->text, it.value) == JSON_OBJECT) look_into_object(d, it.value, of);
}

/* A sum of the elements' digests is the same in any order. */
static void take_unordered(digesting *d, json_slice array, const paths *of) {
  if (json_type_of(d->text, array) != JSON_ARRAY) return;
  key sum = {0};
  for (json_iterator it = json_iterate(d->text, array); json_next(&it);) {
    digesting element = begin(d->seed, d->text, it.value.start, 3);
    look_into(&element, it.value, of);
    take_to(&element, it.value.start + it.value.length);
    key digest = key_from(&element.hash);
    sum.high += digest.high;
    sum.low += digest.low;
  }
  take_to(d, array.start + 1);
  siphash_add(&d->hash, &sum, sizeof sum);
  d->at = array.start + array.length - 1;
}

/* The field of the record for which there are these paths, the first of which is at `i`. */
static void look_at_field(digesting *d, json_slice value, const row_changing *changing, size_t i) {
  paths within = {.count = 0};
  for (size_t field = changing->fields[i]; i < changing->count && changing->fields[i] == field; i++) {
    const char *path = changing->paths[i];
    size_t length = path ? strcspn(path, ".[") : 0;
    if (!path) return leave_fraction(d, value);
    if (!path[length]) return leave_out(d, value);
    add_rest(&within, path + length);
  }
  look_within(d, value, &within);
}

/* The places in `changing` of the first path of each field that the record has, in the order in which they stand. */
static size_t sort_fields(const json_slice *fields, const row_changing *changing, size_t *order) {
  size_t count = 0;
  for (size_t i = 0; i < changing->count; i++) {
    size_t field = changing->fields[i], at = count;
    if (!fields[field].length || (i > 0 && changing->fields[i - 1] == field)) continue;
    for (; at > 0 && fields[changing->fields[order[at - 1]]].start > fields[field].start; at--)
      order[at] = order[at - 1];
    order[at] = i;
    count++;
  }
  return count;
}

key row_digest(const siphash_seed *seed, const char *text, json_slice record, const json_slice *fields,
               const row_changing *changing) {
  size_t order[ROW_MAX_CHANGING + 1], count = sort_fields(fields, changing, order);
  digesting d = begin(seed, text, record.start, 2);
  take_to(&d, record.start + 1);
  for (size_t i = 0; i < count; i++) look_at_field(&d, fields[changing->fields[order[i]]], changing, order[i]);
  take_to(&d, record.start + record.length);
  return key_from(&d.hash);
}
