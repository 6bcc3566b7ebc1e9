#include "compare/value_walk.h"

#include "compare/canonical.h"
#include "json/json_value.h"

#include <string.h>

typedef struct walk {
  bytes path;
  value_walk_found *found;
  void *user;
} walk;

static bool visit(walk *w, walked_value a, walked_value b);

static bool visit_at(walk *w, const char *piece, size_t length, walked_value a, walked_value b) {
  size_t before = w->path.length;
  bool named = *piece != '[' && before;
  bool ok = (!named || bytes_append(&w->path, ".", 1)) && bytes_append(&w->path, piece, length) && visit(w, a, b);
  w->path.length = before;
  if (w->path.data) w->path.data[before] = '\0';
  return ok;
}

static bool visit_member(walk *w, const char *text, json_slice key, walked_value a, walked_value b) {
  return visit_at(w, text + key.start + 1, key.length - 2, a, b);
}

static walked_value value_of(walked_value of, const json_iterator *it, bool is_there) {
  return (walked_value){of.text, is_there ? it->value : (json_slice){0}};
}

/* Members of both stand in the order of their names. */
static bool visit_objects(walk *w, walked_value a, walked_value b) {
  json_iterator in_a = json_iterate(a.text, a.slice), in_b = json_iterate(b.text, b.slice);
  bool has_a = json_next(&in_a), has_b = json_next(&in_b), ok = true;
  while (ok && (has_a || has_b)) {
    int order = !has_a   ? 1
                : !has_b ? -1
                         : canonical_order(a.text + in_a.key.start + 1, in_a.key.length - 2,
                                           b.text + in_b.key.start + 1, in_b.key.length - 2);
    walked_value one = value_of(a, &in_a, order <= 0), other = value_of(b, &in_b, order >= 0);
    ok = order <= 0 ? visit_member(w, a.text, in_a.key, one, other) : visit_member(w, b.text, in_b.key, one, other);
    if (order <= 0) has_a = json_next(&in_a);
    if (order >= 0) has_b = json_next(&in_b);
  }
  return ok;
}

static size_t count_of(walked_value array) {
  size_t count = 0;
  for (json_iterator it = json_iterate(array.text, array.slice); json_next(&it);) count++;
  return count;
}

static bool visit_arrays(walk *w, walked_value a, walked_value b) {
  json_iterator in_a = json_iterate(a.text, a.slice), in_b = json_iterate(b.text, b.slice);
  bool ok = true;
  while (ok && json_next(&in_a) && json_next(&in_b))
    ok = visit_at(w, "[]", 2, value_of(a, &in_a, true), value_of(b, &in_b, true));
  return ok;
}

static bool is_same(walked_value a, walked_value b) {
  return a.slice.length == b.slice.length &&
         memcmp(a.text + a.slice.start, b.text + b.slice.start, a.slice.length) == 0;
}

static bool visit(walk *w, walked_value a, walked_value b) {
  if (is_same(a, b)) return true;
  json_type type = json_type_of(a.text, a.slice);
  if (type == json_type_of(b.text, b.slice)) {
    if (type == JSON_OBJECT) return visit_objects(w, a, b);
    if (type == JSON_ARRAY && count_of(a) == count_of(b)) return visit_arrays(w, a, b);
  }
  return w->found(w->user, w->path.data ? w->path.data : "", a, b);
}

bool value_walk(walked_value a, walked_value b, value_walk_found *found, void *user) {
  walk w = {.found = found, .user = user};
  bool ok = visit(&w, a, b);
  bytes_free(&w.path);
  return ok;
}
