#include "hardening/system_files.h"

#include "base/bytes.h"

#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void allow_all(landlock *l, const char *const *paths) {
  for (; *paths; paths++) landlock_allow(l, *paths, LANDLOCK_READ);
}

void system_files_allow_variable(landlock *l, const char *variable, unsigned access) {
  const char *path = getenv(variable);
  if (path && *path) landlock_allow(l, path, access);
}

/* The part of a path before its last slash, if that is long enough to be a folder. */
static void allow_folder_of(landlock *l, const char *path) {
  const char *slash = strrchr(path, '/');
  bytes folder = {0};
  if (slash && slash > path && bytes_append(&folder, path, (size_t)(slash - path)))
    landlock_allow(l, folder.data, LANDLOCK_READ);
  bytes_free(&folder);
}

/* ---- libraries */

static bool is_usual(const char *path) {
  return strncmp(path, "/usr/", 5) == 0 || strncmp(path, "/lib/", 5) == 0 || strncmp(path, "/lib64/", 7) == 0;
}

static int allow_beside(struct dl_phdr_info *library, size_t size, void *user) {
  (void)size;
  if (library->dlpi_name && !is_usual(library->dlpi_name)) allow_folder_of(user, library->dlpi_name);
  return 0;
}

/* Those that are loaded later stand beside those that are loaded. */
static void allow_libraries(landlock *l) {
  bytes folder = {0};
  dl_iterate_phdr(allow_beside, l);
  for (const char *at = getenv("LD_LIBRARY_PATH"); at && *at;) {
    size_t length = strcspn(at, ":");
    bytes_clear(&folder);
    if (length && bytes_append(&folder, at, length)) landlock_allow(l, folder.data, LANDLOCK_READ);
    at += length + (at[length] == ':');
  }
  bytes_free(&folder);
}

void system_files_allow(landlock *l) {
  static const char *const paths[] = {"/usr",
                                      "/lib",
                                      "/lib64",
                                      "/etc/ld.so.cache",
                                      "/etc/localtime",
                                      "/etc/timezone",
                                      "/etc/locale.alias",
                                      "/etc/ssl/openssl.cnf",
                                      "/etc/ssl/certs",
                                      "/etc/pki/tls",
                                      "/etc/pki/ca-trust",
                                      "/etc/ca-certificates",
                                      "/etc/crypto-policies",
                                      "/dev/urandom",
                                      "/dev/random",
                                      "/sys/devices/system/cpu",
                                      NULL};
  allow_all(l, paths);
  landlock_allow(l, "/dev/null", LANDLOCK_READ | LANDLOCK_WRITE);
  system_files_allow_variable(l, "OPENSSL_CONF", LANDLOCK_READ);
  allow_libraries(l);
}

/* ---- names of hosts */

/* glibc reads a resolv.conf that was replaced anew, and where it cannot, asks this machine in place of the servers. So
 * the file's folder is allowed; where that is all of /etc, the file alone is, and glibc is told to keep what it read.
 */
static void allow_resolv_conf(landlock *l) {
  char path[PATH_MAX];
  bytes options = {0};
  const char *before = getenv("RES_OPTIONS");
  if (!realpath("/etc/resolv.conf", path)) return;
  if (strncmp(path, "/etc/", 5) != 0 || strchr(path + 5, '/'))
    allow_folder_of(l, path);
  else if (bytes_printf(&options, "%s%sno-reload", before ? before : "", before ? " " : ""))
    setenv("RES_OPTIONS", options.data, 1);
  landlock_allow(l, path, LANDLOCK_READ);
  bytes_free(&options);
}

void system_files_allow_resolver(landlock *l) {
  static const char *const paths[] = {"/etc/hosts",      "/etc/nsswitch.conf", "/etc/host.conf",       "/etc/gai.conf",
                                      "/etc/services",   "/etc/protocols",     "/etc/networks",        "/etc/hostname",
                                      "/etc/mdns.allow", "/var/lib/sss/mc",    "/run/systemd/resolve", NULL};
  allow_all(l, paths);
  allow_resolv_conf(l);
}

/* ---- SQLite */

/* As SQLite chooses it (os_unix.c). */
void system_files_allow_temporary(landlock *l) {
  const char *const folders[] = {getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp", "."};
  struct stat is;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    if (!folders[i] || stat(folders[i], &is) != 0 || !S_ISDIR(is.st_mode) || access(folders[i], W_OK | X_OK) != 0)
      continue;
    landlock_allow(l, folders[i], LANDLOCK_READ | LANDLOCK_WRITE);
    return;
  }
}
