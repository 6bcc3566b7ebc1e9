#include "destination/lines_file.h"

#include "base/clock.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST ((size_t)64 << 20) /* bytes, from which on another file is begun */
#define PLAIN_MOST ((size_t)1 << 20) /* bytes that are compressed together */

/* ---- paths in the folder */

/* folder/file and an ending. NULL: memory is short. */
static char *path_of(const lines *l, const char *file, const char *ending) {
  bytes path = {0};
  char *copy = bytes_printf(&path, "%s/%s%s", l->folder, file, ending) ? strdup(path.data) : NULL;
  bytes_free(&path);
  return copy;
}

static bool append_file(const lines_table *t, unsigned number, bytes *out) {
  return bytes_printf(out, "%s/%06u.jsonl%s", t->base.stream, number, t->base.is_gzip ? ".gz" : "") &&
         bytes_append(out, "", 1);
}

static const char *file_at(const bytes *files, size_t place) {
  const char *p = files->data;
  while (place--) p += strlen(p) + 1;
  return p;
}

static int remove_file(const lines *l, const char *file, const char *ending) {
  char *path = path_of(l, file, ending);
  int error = !path ? ENOMEM : unlink(path) != 0 && errno != ENOENT ? errno : 0;
  free(path);
  return error;
}

/* ---- writing */

static bool begin_file(lines_table *t) {
  lines *l = lines_of(t->base.to);
  size_t start = t->files.length;
  if (t->out.descriptor >= 0) return true;
  if (!append_file(t, ++t->number, &t->files)) return lines_failed(l, "a file", ENOMEM);
  char *path = path_of(l, t->files.data + start, ".part");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1, error = path ? errno : ENOMEM;
  free(path);
  if (file < 0) return lines_failed(l, t->files.data + start, error);
  output_open(&t->out, file);
  t->now.bytes = 0;
  return true;
}

static bool append(lines_table *t, const char *data, size_t length) {
  t->now.bytes += length;
  return output_append(&t->out, data, length) || lines_failed(lines_of(t->base.to), t->base.stream, t->out.error);
}

/* Compresses the lines that wait for it. */
static bool press(lines_table *t) {
  if (!t->plain.length) return true;
  if (!t->gzip) t->gzip = gzip_new();
  bytes_clear(&t->pressed);
  if (!t->gzip || !gzip_member(t->gzip, t->plain.data, t->plain.length, &t->pressed))
    return lines_failed(lines_of(t->base.to), t->base.stream, ENOMEM);
  bytes_clear(&t->plain);
  return append(t, t->pressed.data, t->pressed.length);
}

/* What was written is on the disk before anything names it. */
static bool end_file(lines_table *t) {
  if (t->out.descriptor < 0) return true;
  bool ok = press(t) && output_flush(&t->out);
  int error = ok ? 0 : t->out.error ? t->out.error : ENOMEM;
  if (ok && fsync(t->out.descriptor) != 0) error = errno;
  if (close(t->out.descriptor) != 0 && !error) error = errno;
  output_free(&t->out);
  t->out = (output){.descriptor = -1};
  t->now.files++;
  t->now.bytes = 0;
  return !error || lines_failed(lines_of(t->base.to), t->base.stream, error);
}

static bool collect(lines_table *t, const char *text, size_t length) {
  if (!bytes_append(&t->plain, text, length) || !bytes_append(&t->plain, "\n", 1))
    return lines_failed(lines_of(t->base.to), t->base.stream, ENOMEM);
  return t->plain.length < PLAIN_MOST || press(t);
}

bool lines_add(lines_table *t, const char *text, size_t length) {
  if (!begin_file(t)) return false;
  if (!(t->base.is_gzip ? collect(t, text, length) : append(t, text, length) && append(t, "\n", 1))) return false;
  t->now.rows++;
  return t->now.bytes < FILE_MOST || end_file(t);
}

bool lines_keep(lines_table *t) {
  if (!press(t)) return false;
  t->kept = t->now;
  return true;
}

/* ---- the manifest */

/* Takes back what no state covers: files that were begun since, and the end of the one that was open then. */
static bool cut_to_kept(lines_table *t) {
  lines *l = lines_of(t->base.to);
  bytes_clear(&t->plain);
  if (!end_file(t)) return false;
  while (t->now.files > t->kept.files + (t->kept.bytes > 0)) {
    const char *last = file_at(&t->files, --t->now.files);
    int error = remove_file(l, last, ".part");
    t->files.length = (size_t)(last - t->files.data);
    if (error) return lines_failed(l, t->base.stream, error);
  }
  t->now.rows = t->kept.rows;
  if (!t->kept.bytes) return true;
  char *path = path_of(l, file_at(&t->files, t->kept.files), ".part");
  int error = !path ? ENOMEM : truncate(path, (off_t)t->kept.bytes) != 0 ? errno : 0;
  free(path);
  return !error || lines_failed(l, t->base.stream, error);
}

static bool name_files(lines_table *t) {
  lines *l = lines_of(t->base.to);
  for (size_t i = 0; i < t->now.files; i++) {
    char *from = path_of(l, file_at(&t->files, i), ".part"), *to = path_of(l, file_at(&t->files, i), "");
    int error = !from || !to ? ENOMEM : rename(from, to) != 0 ? errno : 0;
    free(from);
    free(to);
    if (error) return lines_failed(l, t->base.stream, error);
  }
  char *folder = t->now.files ? path_of(l, t->base.stream, "") : NULL;
  int error = folder ? manifest_sync_folder(folder) : 0;
  free(folder);
  return !error || lines_failed(l, t->base.stream, error);
}

bool lines_commit(lines_table *t, bool all) {
  lines *l = lines_of(t->base.to);
  if (!(all ? end_file(t) : cut_to_kept(t)) || !name_files(t)) return false;
  manifest_entry *e = t->entry;
  bool ok = bytes_append(&e->files, t->files.data, t->files.length);
  if (ok && t->state.length) {
    bytes_free(&e->state);
    e->state = t->state;
    t->state = (bytes){0};
  }
  e->rows += t->now.rows;
  t->base.counts.inserted += t->now.rows;
  bytes_clear(&t->files);
  t->now = t->kept = (lines_mark){0};
  t->since = clock_ticks();
  int error = ok ? manifest_write(&l->manifest, l->folder) : ENOMEM;
  return !error || lines_failed(l, "manifest.json", error);
}

/* ---- what is left behind */

/* NNNNNN.jsonl or NNNNNN.jsonl.gz, of us; with `.part`, whatever its number. */
static unsigned number_of(const char *name) {
  unsigned number = 0;
  int end = 0;
  if (sscanf(name, "%6u.jsonl%n", &number, &end) != 1 || end < 12) return 0;
  if (strncmp(name + end, ".gz", 3) == 0) end += 3;
  return !name[end] || strcmp(name + end, ".part") == 0 ? number : 0;
}

/* Of the files in the stream's folder, those that are named tell its newest number, and the others go. */
static bool clear_files(lines_table *t, const bytes *names, const manifest_files *named) {
  const lines *l = lines_of(t->base.to);
  bytes file = {0};
  bool ok = true;
  for (const char *p = names->data; ok && p && p < names->data + names->length; p += strlen(p) + 1) {
    unsigned number = number_of(p);
    bytes_clear(&file);
    if (!number) continue;
    ok = bytes_printf(&file, "%s/%s", t->base.stream, p);
    if (ok && !manifest_files_have(named, file.data))
      remove_file(l, file.data, "");
    else if (number > t->number)
      t->number = number;
  }
  bytes_free(&file);
  return ok;
}

bool lines_clear(lines_table *t) {
  lines *l = lines_of(t->base.to);
  bytes names = {0};
  manifest_files named = {0};
  char *folder = path_of(l, t->base.stream, "");
  if (!folder) return lines_failed(l, t->base.stream, ENOMEM);
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    free(folder);
    return lines_failed(l, t->base.stream, errno);
  }
  const char *why = files_list(folder, &names);
  if (!why && !(manifest_files_of(&l->manifest, t->base.stream, &named) && clear_files(t, &names, &named)))
    why = "memory is short";
  free(folder);
  free(named.names);
  bytes_free(&names);
  return !why || destination_fail(&l->base, "%s/%s: %s", l->folder, t->base.stream, why);
}

void lines_remove(const lines *l, const bytes *files) {
  for (const char *p = files->data; p && p < files->data + files->length; p += strlen(p) + 1) remove_file(l, p, "");
}

void lines_drop(lines_table *t) {
  if (t->out.descriptor >= 0) {
    close(t->out.descriptor);
    output_free(&t->out);
    t->out = (output){.descriptor = -1};
  }
  for (const char *p = t->files.data; p && p < t->files.data + t->files.length; p += strlen(p) + 1)
    remove_file(lines_of(t->base.to), p, ".part");
  bytes_clear(&t->files);
}
