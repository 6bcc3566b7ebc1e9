#include "page/places.h"

#include "json/json_path.h"
#include "json/json_value.h"

#include <string.h>

typedef struct search {
  const places *at;
  char *text;
  const json_query *query;
  json_rows *rows;
  json_error *error;
  unsigned stars;   /* passed so far */
  size_t units;     /* elements at the first of them */
  size_t lists;     /* ends of the path: arrays … */
  size_t alone;     /* … records … */
  size_t nulls;     /* … null behind a name … */
  bool strays;      /* it lacks what leads to the last step, so it may be another document */
  json_slice lacks; /* … and the first that lacks the rest of the path */
} search;

static bool fail(const search *s, json_slice at, json_code code, const char *reason) {
  *s->error = (json_error){code, at.start, reason};
  return false;
}

static bool add(const search *s, json_slice value) {
  return json_split_part(s->text, value, s->query, s->rows, s->error);
}

static bool add_wrapped(const search *s, json_slice element) {
  json_slice inside = json_path(s->text, element, s->at->unwrap);
  json_type type = json_type_of(s->text, inside);
  if (json_type_of(s->text, element) == JSON_NULL || type == JSON_OBJECT || type == JSON_NULL)
    return add(s, inside.length ? inside : element);
  return fail(s, element, JSON_NOT_ROWS,
              type == JSON_ABSENT ? "a record was expected inside of this element, and is not there"
                                  : "a record, which is inside of this element, must be an object");
}

static bool add_list(search *s, json_slice list) {
  s->lists++;
  if (!s->at->unwrap) return add(s, list);
  for (json_iterator it = json_iterate(s->text, list); json_next(&it);)
    if (!add_wrapped(s, it.value)) return false;
  return true;
}

/* One element alone. An empty one is null. */
static bool take_element(search *s, json_slice value) {
  s->lists++;
  return s->at->unwrap ? add_wrapped(s, value) : add(s, value);
}

/* The end of the path. `named`: its last step was a name. */
static bool take(search *s, json_slice value, bool named) {
  json_type type = json_type_of(s->text, value);
  if (s->query->single && type != JSON_OBJECT) return fail(s, value, JSON_NOT_ROWS, "a record must be an object");
  if (type == JSON_ARRAY) return add_list(s, value);
  if (s->at->elements) return take_element(s, value);
  if (s->stars && type == JSON_NULL) return named ? (s->nulls++, true) : add(s, value);
  if (!s->query->single && !(s->stars && type == JSON_OBJECT))
    return fail(s, value, JSON_NOT_ROWS,
                s->stars ? "a record, or an array of records, was expected" : "an array of records was expected");
  s->alone++;
  return s->at->unwrap ? add_wrapped(s, value) : add(s, value);
}

static bool walk(search *s, json_slice value, const char *rest);

/* Recursion ends with the path's stars, which are few. */
static bool walk_each(search *s, json_slice container, const char *rest) {
  json_type type = json_type_of(s->text, container);
  bool first = !s->stars, ok = true;
  if (type != JSON_ARRAY && type != JSON_OBJECT)
    return fail(s, container, JSON_NOT_ROWS, "an array or an object was expected where the path has a *");
  if (s->stars++ == PLACES_DEPTH) return fail(s, container, JSON_TOO_DEEP, "the path to the records has too many *");
  json_iterator it = json_iterate(s->text, container);
  while (ok && json_next(&it)) {
    s->units += first;
    ok = *rest ? walk(s, it.value, rest) : take(s, it.value, false);
  }
  s->stars--;
  return ok;
}

/* Below a *: an element that is null, or lacks the rest of the path, for which judge() decides what that is. */
static bool pass_over(search *s, json_slice element) {
  json_type type = json_type_of(s->text, element);
  if (type != JSON_OBJECT && type != JSON_NULL) return fail(s, element, JSON_NOT_ROWS, "an object was expected here");
  if (type == JSON_NULL) s->nulls++;
  if (type == JSON_OBJECT && !s->lacks.length) s->lacks = element;
  return true;
}

/* Has it elements in it, so that the one that is looked for may be misspelt? */
static bool holds_elements(const search *s, json_slice value) {
  for (json_iterator it = json_iterate(s->text, value); json_next(&it);)
    if (s->text[it.key.start + 1] != '@' && s->text[it.key.start + 1] != '#') return true;
  return false;
}

/* An element that has none of these: it is empty, or lacks what is looked for. */
static bool lack_element(search *s, json_slice value, bool last) {
  json_type type = json_type_of(s->text, value);
  if (type == JSON_NULL || (type == JSON_OBJECT && !holds_elements(s, value)))
    s->lists++;
  else if (!s->lacks.length)
    s->lacks = value, s->strays = !last;
  return true;
}

static bool walk(search *s, json_slice value, const char *rest) {
  json_step step;
  for (const char *here = rest; json_path_step(&rest, &step); here = rest) {
    json_type type = json_type_of(s->text, value);
    if (s->at->elements && type == JSON_ARRAY) return walk_each(s, value, here);
    if (step.any && !(s->stars && type == JSON_NULL)) return walk_each(s, value, rest);
    json_slice inside = json_find_member(s->text, value, step.name, step.length);
    if (s->at->elements && !inside.length) return lack_element(s, value, !*rest);
    if (s->stars && !inside.length) return pass_over(s, value);
    if (!inside.length)
      return fail(s, value, JSON_NOT_ROWS, "there is nothing in the response where its records were looked for");
    value = inside;
  }
  return take(s, value, true);
}

/* A list that one of several lacks is empty; where none has it, the path may be misspelt; and a record is never left
 * out. */
static bool judge(search *s) {
  if (s->alone) s->rows->nulls += s->nulls;
  if (s->at->elements && s->at->may_lack && !s->strays) return true;
  if (!s->lacks.length || (s->lists && !s->alone)) return true;
  return fail(s, s->lacks, JSON_NOT_ROWS,
              s->alone ? "there is no record in this element, and others have one there"
                       : "there is nothing in the response where its records were looked for");
}

bool places_split(const places *at, char *text, json_slice root, const json_query *query, json_rows *rows,
                  size_t *units, json_error *error) {
  search s = {.at = at, .text = text, .query = query, .rows = rows, .error = error};
  bool ok = json_rows_clear(rows, query->field_count, query->watch != NULL);
  if (!ok) *error = (json_error){.code = JSON_NO_MEMORY, .reason = "memory is short"};
  ok = ok && walk(&s, root, at->path ? at->path : "") && judge(&s);
  if (!ok) rows->count = 0;
  *units = s.units && !at->elements ? s.units : rows->count + rows->nulls;
  return ok;
}

/* A line holds one value and nothing else. */
static bool add_line(const search *s, json_slice line) {
  json_error error;
  size_t shift = line.start;
  bool valid = json_valid(s->text + shift, line.length, (json_limits){.depth = s->query->limits.depth}, &error);
  if (!valid) return fail(s, (json_slice){.start = shift + error.offset}, error.code, error.reason);
  return s->at->unwrap ? add_wrapped(s, line) : add(s, line);
}

bool places_split_lines(const places *at, char *text, size_t length, const json_query *query, json_rows *rows,
                        json_error *error) {
  search s = {.at = at, .text = text, .query = query, .rows = rows, .error = error};
  bool ok = json_rows_clear(rows, query->field_count, query->watch != NULL);
  if (!ok) *error = (json_error){.code = JSON_NO_MEMORY, .reason = "memory is short"};
  for (size_t start = 0; ok && start < length;) {
    const char *stop = memchr(text + start, '\n', length - start);
    size_t end = stop ? (size_t)(stop - text) : length;
    json_slice line = json_root(text + start, end - start);
    line.start += start;
    ok = !line.length || add_line(&s, line);
    start = end + 1;
  }
  if (!ok) rows->count = 0;
  return ok;
}

size_t places_line(const char *text, size_t offset, uint64_t *row) {
  size_t start = 0;
  for (size_t at = 0; at < offset; at++) {
    if (text[at] != '\n') continue;
    if (json_root(text + start, at - start).length) ++*row;
    start = at + 1;
  }
  return start;
}
