#include "destination/manifest.h"

#include "base/files.h"
#include "json/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST ((size_t)256 << 20)

/* ---- its entries */

manifest_entry *manifest_find(const manifest *m, const char *stream, const char *place, bool is_replacing) {
  manifest_entry *e = m->entries;
  while (e && !(strcmp(e->stream, stream) == 0 && strcmp(e->place, place) == 0 && e->is_replacing == is_replacing))
    e = e->next;
  return e;
}

static void free_entry(manifest_entry *e) {
  free(e->stream);
  free(e->place);
  bytes_free(&e->state);
  bytes_free(&e->files);
  free(e);
}

manifest_entry *manifest_add(manifest *m, const char *stream, const char *place, bool is_replacing) {
  manifest_entry *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  *e = (manifest_entry){.stream = strdup(stream), .place = strdup(place), .is_replacing = is_replacing};
  if (!e->stream || !e->place) {
    free_entry(e);
    return NULL;
  }
  manifest_entry **end = &m->entries;
  while (*end) end = &(*end)->next;
  return *end = e;
}

void manifest_remove(manifest *m, manifest_entry *entry) {
  manifest_entry **at = &m->entries;
  while (*at && *at != entry) at = &(*at)->next;
  if (!*at) return;
  *at = entry->next;
  free_entry(entry);
}

static bool is_of(const manifest_entry *e, const char *stream) {
  return strcmp(e->stream, stream) == 0;
}

/* The entry that was added last is the newest. */
bool manifest_places(const manifest *m, const char *stream, bytes *names) {
  size_t most = 0, count = 0;
  for (const manifest_entry *e = m->entries; e; e = e->next) most += is_of(e, stream);
  const char **places = calloc(most + 1, sizeof *places);
  for (const manifest_entry *e = m->entries; places && e && count < most; e = e->next)
    if (is_of(e, stream)) places[count++] = e->place;
  bool ok = places != NULL;
  while (ok && count > 0) {
    const char *place = places[--count];
    ok = bytes_append(names, place, strlen(place) + 1);
  }
  free(places);
  return ok;
}

bool manifest_move(manifest *m, const char *stream, const char *from, const char *to) {
  manifest_entry *cut = manifest_find(m, stream, from, true), *e = manifest_find(m, stream, from, false);
  if (cut) manifest_remove(m, cut);
  if (!e) return true;
  manifest_entry *there = manifest_find(m, stream, to, false);
  if (!there) there = manifest_add(m, stream, to, false);
  if (!there || !bytes_append(&there->files, e->files.data, e->files.length)) return false;
  if (!there->state.length && !bytes_append(&there->state, e->state.data, e->state.length)) return false;
  there->rows += e->rows;
  manifest_remove(m, e);
  return true;
}

void manifest_free(manifest *m) {
  while (m->entries) manifest_remove(m, m->entries);
}

static int compare(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_files(const manifest_entry *e) {
  size_t count = 0;
  for (size_t i = 0; i < e->files.length; i++) count += !e->files.data[i];
  return count;
}

bool manifest_files_of(const manifest *m, const char *stream, manifest_files *files) {
  size_t count = 0;
  for (const manifest_entry *e = m->entries; e; e = e->next)
    count += strcmp(e->stream, stream) == 0 ? count_files(e) : 0;
  *files = (manifest_files){.names = calloc(count + 1, sizeof *files->names)};
  if (!files->names) return false;
  for (const manifest_entry *e = m->entries; e; e = e->next)
    for (size_t at = 0; strcmp(e->stream, stream) == 0 && at < e->files.length; at += strlen(e->files.data + at) + 1)
      files->names[files->count++] = e->files.data + at;
  qsort(files->names, files->count, sizeof *files->names, compare);
  return true;
}

bool manifest_files_have(const manifest_files *files, const char *file) {
  return bsearch(&file, files->names, files->count, sizeof *files->names, compare);
}

/* ---- reading */

static bool text_of(const char *json, json_slice value, bytes *out) {
  bytes_clear(out);
  return json_unescape(json, value, out) && bytes_append(out, "", 1);
}

static int64_t number_of(const char *json, json_slice value) {
  return json_type_of(json, value) == JSON_NUMBER ? strtoll(json + value.start, NULL, 10) : 0;
}

static bool read_entry(manifest *m, const char *json, json_slice object) {
  bytes stream = {0}, place = {0}, file = {0};
  json_slice state = json_member(json, object, "state");
  bool replacing = json_type_of(json, json_member(json, object, "replacing")) == JSON_TRUE;
  bool ok = text_of(json, json_member(json, object, "stream"), &stream) &&
            text_of(json, json_member(json, object, "place"), &place);
  manifest_entry *e = ok ? manifest_add(m, stream.data, place.data, replacing) : NULL;
  if (e) e->rows = number_of(json, json_member(json, object, "rows"));
  ok = e && (json_type_of(json, state) != JSON_OBJECT || bytes_append(&e->state, json + state.start, state.length));
  json_iterator it = json_iterate(json, json_member(json, object, "files"));
  while (ok && json_next(&it)) ok = text_of(json, it.value, &file) && bytes_append(&e->files, file.data, file.length);
  bytes_free(&stream);
  bytes_free(&place);
  bytes_free(&file);
  return ok;
}

static const char *parse(manifest *m, const bytes *text) {
  json_error error;
  if (!json_valid(text->data, text->length, (json_limits){.depth = JSON_MAX_DEPTH}, &error)) return "is not JSON";
  json_slice root = json_root(text->data, text->length);
  m->format = number_of(text->data, json_member(text->data, root, "format"));
  m->runs = number_of(text->data, json_member(text->data, root, "runs"));
  if (m->format < 1) return "is no manifest of perigee's";
  if (m->format > MANIFEST_FORMAT) return "was written by a newer perigee";
  for (json_iterator it = json_iterate(text->data, json_member(text->data, root, "streams")); json_next(&it);)
    if (!read_entry(m, text->data, it.value)) return "memory is short";
  return NULL;
}

const char *manifest_read(manifest *m, const char *folder) {
  bytes path = {0}, text = {0};
  const char *why = bytes_printf(&path, "%s/manifest.json", folder) ? NULL : "memory is short";
  if (!why && access(path.data, F_OK) == 0) {
    why = files_read(&text, path.data, LARGEST);
    if (!why) why = parse(m, &text);
  }
  bytes_free(&path);
  bytes_free(&text);
  return why;
}

/* ---- writing */

static bool append_entry(const manifest_entry *e, bytes *out) {
  bool ok = bytes_text(out, "\n{\"stream\":") && json_quote(out, e->stream, strlen(e->stream)) &&
            bytes_text(out, ",\"place\":") && json_quote(out, e->place, strlen(e->place)) &&
            bytes_printf(out, ",\"replacing\":%s,\"rows\":%" PRId64 ",\"state\":", e->is_replacing ? "true" : "false",
                         e->rows) &&
            (e->state.length ? bytes_append(out, e->state.data, e->state.length) : bytes_text(out, "null")) &&
            bytes_text(out, ",\"files\":[");
  const char *first = e->files.data;
  for (const char *p = first; ok && p && p < first + e->files.length; p += strlen(p) + 1)
    ok = bytes_text(out, p == first ? "" : ",") && json_quote(out, p, strlen(p));
  return ok && bytes_text(out, "]}");
}

static bool append_all(const manifest *m, bytes *out) {
  bool ok = bytes_printf(out, "{\"format\":%d,\"runs\":%" PRId64 ",\"streams\":[", MANIFEST_FORMAT, m->runs);
  for (const manifest_entry *e = m->entries; ok && e; e = e->next)
    ok = append_entry(e, out) && bytes_text(out, e->next ? "," : "");
  return ok && bytes_text(out, "\n]}\n");
}

int manifest_sync_folder(const char *folder) {
  int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int error = file < 0 || fsync(file) != 0 ? errno : 0;
  if (file >= 0) close(file);
  return error;
}

static int write_whole(const char *path, const bytes *text) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), error = file < 0 ? errno : 0;
  for (size_t done = 0; !error && done < text->length;) {
    ssize_t n = write(file, text->data + done, text->length - done);
    if (n < 0 && errno != EINTR) error = errno;
    if (n > 0) done += (size_t)n;
  }
  if (!error && fsync(file) != 0) error = errno;
  if (file >= 0 && close(file) != 0 && !error) error = errno;
  return error;
}

int manifest_write(const manifest *m, const char *folder) {
  bytes text = {0}, path = {0}, beside = {0};
  bool built = append_all(m, &text) && bytes_printf(&path, "%s/manifest.json", folder) &&
               bytes_printf(&beside, "%s/manifest.json.part", folder);
  int error = built ? write_whole(beside.data, &text) : ENOMEM;
  if (!error && rename(beside.data, path.data) != 0) error = errno;
  if (!error) error = manifest_sync_folder(folder);
  bytes_free(&text);
  bytes_free(&path);
  bytes_free(&beside);
  return error;
}
