/*
 * Preloaded into the program: the system refuses what the environment names, once and for the whole run from then on.
 * REFUSE_READ="KIND N": the Nth read of a "pipe", "socket", "file" or "folder", and all after it, fails with EIO.
 * REFUSE_MEMORY="BYTES": no allocation is made larger than that.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_refused(const char *kind) {
  static int seen;
  char wanted[20] = "";
  int n = 0;
  const char *given = getenv("REFUSE_READ");
  return given && sscanf(given, "%19s %d", wanted, &n) == 2 && strcmp(wanted, kind) == 0 && ++seen >= n;
}

static const char *kind_of(int descriptor) {
  struct stat s;
  if (fstat(descriptor, &s) != 0) return "";
  return S_ISFIFO(s.st_mode) ? "pipe" : S_ISSOCK(s.st_mode) ? "socket" : S_ISREG(s.st_mode) ? "file" : "";
}

static ssize_t refuse_or_read(int descriptor, void *to, size_t n) {
  ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  if (!is_refused(kind_of(descriptor))) return real(descriptor, to, n);
  errno = EIO;
  return -1;
}

ssize_t read(int descriptor, void *to, size_t n) {
  return refuse_or_read(descriptor, to, n);
}

/* read, as a compiler's fortified build calls it. */
ssize_t __read_chk(int descriptor, void *to, size_t n, size_t space) {
  (void)space;
  return refuse_or_read(descriptor, to, n);
}

struct dirent *readdir(DIR *folder) {
  struct dirent *(*real)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
  if (!is_refused("folder")) return real(folder);
  errno = EIO;
  return NULL;
}

void *realloc(void *old, size_t size) {
  static void *(*real)(void *, size_t);
  const char *most = getenv("REFUSE_MEMORY");
  if (!real) real = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
  if (!most || size <= strtoull(most, NULL, 10)) return real(old, size);
  errno = ENOMEM;
  return NULL;
}
