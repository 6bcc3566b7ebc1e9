#include "cli/stream_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_NAME 100

/* Letters, digits, _ and -: no name leads out of the folders. */
static bool is_name(const char *name) {
  size_t length = strlen(name);
  if (!length || length > LONGEST_NAME) return false;
  for (const char *c = name; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-') return false;
  return true;
}

static bool is_file(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool is_there(const char *path) {
  return access(path, F_OK) == 0;
}

bool stream_files_folder(const paths *p, const options *o, size_t n, bytes *folder, bool *asked_for) {
  bytes_clear(folder);
  *asked_for = n > 0;
  if (o->no_custom_streams) return false;
  if (n-- == 0) return bytes_text(folder, p->custom_streams.data);
  for (const char *at = o->script_folders; at && *at;) {
    size_t length = strcspn(at, ":");
    if (length && n-- == 0) return bytes_append(folder, at, length);
    at += length + (at[length] == ':');
  }
  for (size_t i = 0; o->scripts[i]; i++)
    if (n-- == 0) return bytes_text(folder, o->scripts[i]);
  return false;
}

static bool is_stream(const char *folder, const char *name, bytes *path) {
  bytes_clear(path);
  return bytes_printf(path, "%s/%s.lua", folder, name) && is_file(path->data);
}

static bool find_shipped(const paths *p, const char *name, bytes *path) {
  bytes_clear(path);
  return is_name(name) && bytes_printf(path, "%s/streams/%s.lua", p->scripts.data, name) && is_file(path->data);
}

bool stream_files_is_shipped(const paths *p, const char *name) {
  bytes path = {0};
  bool shipped = find_shipped(p, name, &path);
  bytes_free(&path);
  return shipped;
}

bool stream_files_find(const paths *p, const options *o, const char *name, bytes *path, bool *custom) {
  bytes folder = {0}, found = {0};
  bool asked_for;
  *custom = false;
  if (!is_name(name)) return false;
  for (size_t n = 0; stream_files_folder(p, o, n, &folder, &asked_for); n++) {
    if (!is_stream(folder.data, name, path)) continue;
    *custom = true;
    bytes_clear(&found);
    if (!bytes_text(&found, path->data)) break;
  }
  bool any = *custom ? (bytes_clear(path), found.length && bytes_text(path, found.data)) : find_shipped(p, name, path);
  bytes_free(&folder);
  bytes_free(&found);
  return any;
}

/* A folder may have been named twice. */
static bool is_same(const char *a, const char *b) {
  struct stat s, t;
  return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

bool stream_files_replaced(const paths *p, const options *o, const char *name, bytes *path) {
  bytes folder = {0}, found = {0}, one = {0};
  bool asked_for, custom, any = false;
  if (stream_files_find(p, o, name, &found, &custom) && custom) {
    for (size_t n = 0; stream_files_folder(p, o, n, &folder, &asked_for); n++) {
      if (!is_stream(folder.data, name, &one) || is_same(one.data, found.data)) continue;
      bytes_clear(path);
      any = bytes_text(path, one.data);
    }
  }
  bytes_free(&folder);
  bytes_free(&found);
  bytes_free(&one);
  return any;
}

bool stream_files_beside(const paths *p, const options *o, const char *stream, const char *name, bytes *path) {
  bytes folder = {0};
  bool custom, found = stream_files_find(p, o, stream, &folder, &custom);
  if (found) *strrchr(folder.data, '/') = 0;
  bytes_clear(path);
  found = found && paths_join(&folder, name, path) && is_there(path->data);
  bytes_free(&folder);
  return found;
}

static bool list_folder(const char *folder, void (*each)(const char *, void *), void *user) {
  DIR *d = opendir(folder);
  if (!d) return false;
  for (struct dirent *entry; (entry = (errno = 0, readdir(d)));) {
    size_t length = strlen(entry->d_name);
    if (length < 5 || strcmp(entry->d_name + length - 4, ".lua") != 0) continue;
    entry->d_name[length - 4] = 0;
    if (is_name(entry->d_name)) each(entry->d_name, user);
  }
  int error = errno; /* of readdir, which returns NULL at the end, too */
  closedir(d);
  return !error;
}

bool stream_files_list(const paths *p, const options *o, void (*each)(const char *name, void *user), void *user,
                       bytes *unreadable) {
  bytes folder = {0};
  bool asked_for, ok = bytes_printf(&folder, "%s/streams", p->scripts.data) && list_folder(folder.data, each, user);
  for (size_t n = 0; ok && stream_files_folder(p, o, n, &folder, &asked_for); n++)
    ok = list_folder(folder.data, each, user) || !asked_for;
  if (!ok) bytes_text(unreadable, folder.data ? folder.data : "");
  bytes_free(&folder);
  return ok;
}
