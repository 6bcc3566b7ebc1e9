#include "page/row_without.h"

#include "page/record_cut.h"
#include "json/json_path.h"
#include "json/json_value.h"

bool row_without_valid(const char *path) {
  json_step step;
  size_t count = 0;
  if (!json_path_valid(path)) return false;
  for (; json_path_step(&path, &step); count++)
    if (step.any) return false;
  return count > 0 && count <= ROW_WITHOUT_DEPTH;
}

/* The paths that lead on into the member; `*ends`: one of them ends with it. */
static row_without lead_on(const char *text, json_slice key, const row_without *paths, bool *ends) {
  row_without within = {.count = 0};
  *ends = false;
  for (size_t i = 0; i < paths->count; i++) {
    const char *rest = paths->paths[i];
    json_step step;
    if (!json_path_step(&rest, &step) || !json_string_is(text, key, step.name, step.length)) continue;
    if (*rest)
      within.paths[within.count++] = rest;
    else
      *ends = true;
  }
  return within;
}

/* As deep as a path has names. */
static void cut_object(record_cut *c, json_slice object, const row_without *paths) {
  record_cut_open(c);
  for (json_iterator it = json_iterate(c->text, object); json_next(&it);) {
    bool ends;
    row_without within = lead_on(c->text, it.key, paths, &ends);
    if (ends) {
      record_cut_leave_out(c, &it);
      continue;
    }
    record_cut_stay(c, &it);
    if (!within.count || json_type_of(c->text, it.value) != JSON_OBJECT) continue;
    record_cut outer = *c;
    cut_object(c, it.value, &within);
    record_cut_close(c, &outer);
  }
}

bool row_without_text(const bytes *text, const json_rows *rows, const row_without *without, bytes *out) {
  record_cut c = {.text = text->data, .out = out, .ok = true};
  for (size_t i = 0; i < rows->count; i++) cut_object(&c, rows->rows[i], without);
  if (c.copied) record_cut_to(&c, text->length);
  return c.ok;
}
