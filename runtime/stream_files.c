#include "stream_files.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

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

bool stream_files_find(const places *p, const options *o, const char *name, bytes *path) {
  if (!is_name(name)) return false;
  size_t n = 0;
  while (o->scripts[n]) n++;
  while (n-- > 0) {
    bytes_clear(path);
    if (bytes_printf(path, "%s/%s.lua", o->scripts[n], name) && is_file(path->data)) return true;
  }
  bytes_clear(path);
  return bytes_printf(path, "%s/streams/%s.lua", p->scripts.data, name) && is_file(path->data);
}

static bool list_folder(const char *folder, void (*each)(const char *, void *), void *user) {
  DIR *d = opendir(folder);
  if (!d) return false;
  for (struct dirent *entry; (entry = readdir(d));) {
    size_t length = strlen(entry->d_name);
    if (length < 5 || strcmp(entry->d_name + length - 4, ".lua") != 0) continue;
    entry->d_name[length - 4] = 0;
    if (is_name(entry->d_name)) each(entry->d_name, user);
  }
  closedir(d);
  return true;
}

const char *stream_files_list(const places *p, const options *o, void (*each)(const char *name, void *user),
                              void *user) {
  bytes shipped = {0};
  bool ok = bytes_printf(&shipped, "%s/streams", p->scripts.data) && list_folder(shipped.data, each, user);
  bytes_free(&shipped);
  if (!ok) return "scripts/streams";
  for (const char *const *folder = o->scripts; *folder; folder++)
    if (!list_folder(*folder, each, user)) return *folder;
  return NULL;
}
