/*
 * Preloaded into the program: the system refuses what the environment names.
 * REFUSE_READ="KIND N": the Nth read of a "pipe", "socket", "file" or "folder", and all after it, fails with EIO.
 * REFUSE_WRITE="kill N": the Nth write at a place in a file (pwrite64, as databases write) ends the process by SIGKILL;
 * "full N": it fails with ENOSPC, and so do all after it.
 * REFUSE_SEND="kill N": the Nth time that PostgreSQL's library sends something, the process ends by SIGKILL; "cut N": its
 * connection is cut before, and "deaf N": behind it, so that the server does what nobody hears of.
 * REFUSE_NAMES="ADDRESS": each host's name leads there.
 * REFUSE_LIBRARY="NAME": a library of this name is not there.
 * REFUSE_MEMORY="BYTES": no allocation is made larger than that; with REFUSE_FROM="N" from the Nth allocation on, with
 * REFUSE_FROM="pipe" from the first pipe on, which the program makes when its services are set up.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

ssize_t pwrite64(int descriptor, const void *from, size_t n, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) =
      (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  static int seen;
  char how[20] = "";
  int wanted = 0;
  const char *given = getenv("REFUSE_WRITE");
  if (!given || sscanf(given, "%19s %d", how, &wanted) != 2 || ++seen < wanted) return real(descriptor, from, n, at);
  if (strcmp(how, "kill") == 0) raise(SIGKILL);
  errno = ENOSPC;
  return -1;
}

void *dlopen(const char *name, int flags) {
  void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  const char *given = getenv("REFUSE_LIBRARY");
  return name && given && strcmp(name, given) == 0 ? NULL : real(name, flags);
}

static int is_libpq(const void *caller) {
  Dl_info from;
  return dladdr(caller, &from) && from.dli_fname && strstr(from.dli_fname, "libpq.so");
}

ssize_t send(int descriptor, const void *from, size_t n, int flags) {
  ssize_t (*real)(int, const void *, size_t, int) = (ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
  static int seen;
  char how[20] = "";
  int wanted = 0;
  const char *given = getenv("REFUSE_SEND");
  if (!given || sscanf(given, "%19s %d", how, &wanted) != 2 || !is_libpq(__builtin_return_address(0)) || ++seen != wanted)
    return real(descriptor, from, n, flags);
  if (strcmp(how, "kill") == 0) raise(SIGKILL);
  if (strcmp(how, "cut") == 0) shutdown(descriptor, SHUT_RDWR);
  ssize_t sent = real(descriptor, from, n, flags);
  if (strcmp(how, "deaf") == 0) shutdown(descriptor, SHUT_RDWR);
  return sent;
}

struct dirent *readdir(DIR *folder) {
  struct dirent *(*real)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
  if (!is_refused("folder")) return real(folder);
  errno = EIO;
  return NULL;
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
static int has_pipe;

int pipe2(int ends[2], int flags) {
  has_pipe = 1;
  return ((int (*)(int *, int))dlsym(RTLD_NEXT, "pipe2"))(ends, flags);
}

static int is_short(size_t size) {
  static long count;
  const char *most = getenv("REFUSE_MEMORY"), *from = getenv("REFUSE_FROM");
  count++;
  if (!most || !*most || size <= strtoull(most, NULL, 10)) return 0;
  if (from && *from && (strcmp(from, "pipe") == 0 ? !has_pipe : count < strtol(from, NULL, 10))) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) {
  return is_short(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  return is_short(count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  return is_short(size) ? NULL : __libc_realloc(old, size);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
      (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
  const char *address = getenv("REFUSE_NAMES");
  return real(address && *address ? address : name, service, hints, found);
}
