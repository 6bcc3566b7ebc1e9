#include "cli/paths.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* By /proc; and where that is not mounted, by the name that the process was started by, from the folder it started in.
 */
static bool binary_path(char path[PATH_MAX]) {
  ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (n > 0) {
    path[n] = 0;
    return true;
  }
  const char *name = (const char *)getauxval(AT_EXECFN);
  return name && realpath(name, path) != NULL;
}

/* Links resolved. */
static bool binary_folder(bytes *folder) {
  char path[PATH_MAX];
  if (!binary_path(path)) return false;
  char *slash = strrchr(path, '/');
  return slash && bytes_append(folder, path, (size_t)(slash - path));
}

static bool try_folder(paths *p, const bytes *binary, const char *below, bytes *tried) {
  bytes_clear(&p->scripts);
  bytes_clear(&p->schemas);
  bytes_clear(&p->custom_streams);
  if (!bytes_printf(&p->scripts, "%s/%s/scripts", binary->data, below)) return false;
  if (!bytes_printf(&p->schemas, "%s/%s/schemas", binary->data, below)) return false;
  if (!bytes_printf(&p->custom_streams, "%s/%s/streams.d", binary->data, below)) return false;
  if (is_folder(p->scripts.data) && is_folder(p->schemas.data)) return true;
  bytes_printf(tried, "%s%s/%s", tried->length ? ", " : "", binary->data, below);
  return false;
}

bool paths_find(paths *p, bytes *tried) {
  bytes binary = {0};
  bool found = binary_folder(&binary) &&
               (try_folder(p, &binary, "../share/perigee", tried) || try_folder(p, &binary, "..", tried));
  bytes_free(&binary);
  return found;
}

void paths_free(paths *p) {
  bytes_free(&p->scripts);
  bytes_free(&p->schemas);
  bytes_free(&p->custom_streams);
}

bool paths_join(const bytes *folder, const char *name, bytes *path) {
  if (!*name || *name == '/' || strstr(name, "..")) return false;
  for (const char *c = name; *c; c++)
    if (!isalnum((unsigned char)*c) && !strchr("_-./", *c)) return false;
  return bytes_printf(path, "%s/%s", folder->data, name);
}
