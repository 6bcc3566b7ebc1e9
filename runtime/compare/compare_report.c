#include "compare/compare_report.h"

#include "json/json_value.h"

#include <string.h>

static bool write_pair(bytes *json, const char *name, const int64_t of[2]) {
  return bytes_printf(json, ",\"%s\":[%lld,%lld]", name, (long long)of[0], (long long)of[1]);
}

/* Two values that are JSON already, or are not there. */
static bool write_values(bytes *json, const char *name, const bytes of[2]) {
  return bytes_printf(json, ",\"%s\":[", name) && bytes_text(json, of[0].length ? of[0].data : "null") &&
         bytes_text(json, ",") && bytes_text(json, of[1].length ? of[1].data : "null") && bytes_text(json, "]");
}

static bool write_counts(bytes *json, const stream_pair *p) {
  return write_pair(json, "records", p->records) && write_pair(json, "without_key", p->without_key) &&
         write_pair(json, "repeats", p->repeats) && write_pair(json, "errors", p->errors) &&
         bytes_printf(json, ",\"same\":%lld,\"rewritten\":%lld,\"changed\":%lld,\"missing\":%lld,\"extra\":%lld",
                      (long long)p->same, (long long)p->rewritten, (long long)p->changed, (long long)p->missing,
                      (long long)p->extra);
}

static bool write_list(bytes *json, const char *name, const bytes *values) {
  return bytes_printf(json, ",\"%s\":[", name) && bytes_text(json, values->length ? values->data : "") &&
         bytes_text(json, "]");
}

static bool write_fields(comparison *c, bytes *json, const char *name, const stream_pair *p, bool of_state) {
  if (!bytes_printf(json, ",\"%s\":", name)) return false;
  return store_fields(&c->store, p->number, of_state, json) ||
         (bytes_append(&c->failure, c->store.failure.data, c->store.failure.length) && false);
}

static bool write_key(const comparison *c, bytes *json, const stream_pair *p) {
  const char *text;
  json_slice key = stream_pair_paths(&c->pairs, p, &text);
  return bytes_text(json, ",\"key\":") && bytes_append(json, text + key.start, key.length);
}

static bool write_stream(comparison *c, bytes *json, const stream_pair *p) {
  return bytes_text(json, "{\"stream\":") && bytes_text(json, p->name.data) && bytes_text(json, ",\"namespace\":") &&
         bytes_text(json, p->name_space.length ? p->name_space.data : "null") && write_key(c, json, p) &&
         write_counts(json, p) && write_list(json, "missing_keys", &p->missing_keys) &&
         write_list(json, "extra_keys", &p->extra_keys) && write_fields(c, json, "fields", p, false) &&
         write_values(json, "status", p->status) && write_values(json, "states", p->state) &&
         write_fields(c, json, "state_fields", p, true) && bytes_text(json, "}\n");
}

static bool write_file(bytes *json, const compared_file *file) {
  return bytes_text(json, "{\"file\":") && json_quote(json, file->path, strlen(file->path)) &&
         bytes_printf(json,
                      ",\"lines\":%lld,\"foreign\":%lld,\"unreadable\":%lld,\"first_unreadable\":%lld,\"failures\":%"
                      "lld,\"why\":",
                      (long long)file->lines, (long long)file->foreign, (long long)file->unreadable,
                      (long long)file->first_unreadable, (long long)file->failures) &&
         json_quote(json, file->why ? file->why : "", file->why ? strlen(file->why) : 0) && bytes_text(json, "}\n");
}

bool compare_report_write(comparison *c, bytes *json) {
  bool ok = true;
  for (const stream_pair *p = c->pairs.first; ok && p; p = p->next) ok = write_stream(c, json, p);
  for (int side = 0; ok && side < 2; side++) ok = write_file(json, &c->files[side]);
  if (!ok && !c->failure.length) bytes_text(&c->failure, "memory is short");
  return ok;
}
