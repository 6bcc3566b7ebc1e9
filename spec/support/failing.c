/*
 * Preloaded into the program: has calls fail that can fail, inside of libraries too. They are counted from the
 * program's own beginning on, which is its call of setrlimit; what ld.so and libraries do before is none of its work.
 *
 *   FAIL=allocation:7    the 7th allocation; FAIL=call:7  the 7th system call of those below; FAIL=call:7+  and all
 *                        that follow
 *   FAIL_PLACES=FILE     none fails: a line for the first call of each kind from each place, `call 7 write`, or
 *                        `allocation 7 1c82d` with where in the program, if it is there
 *   FAIL_LEAKS=FILE      at the process's end: a line for each block that the program itself allocated and that still
 *                        lives, with where it did; with FAIL_STACKS=1, its stack, which takes half the time again
 *
 * A place is a call's stack, as far as eight frames. Allocations of libcrypto do not fail: OpenSSL 3.0 goes on without
 * locks where its own beginning lacked memory, and crashes.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FRAMES 8
#define PLACES (1 << 16)
#define PLACES_SIZE ((size_t)1 << 20)

typedef enum kind { ALLOCATION, CALL, KINDS } kind;

static const char *const names[] = {"allocation", "call"};
static bool begun, all_that_follow;
static kind failing = KINDS;
static long number, counts[KINDS];
static char *places; /* the file, mapped: a child that may open nothing writes there, too */
static uint64_t seen[PLACES];
static __thread bool inside;
static bool counts_living, with_stacks;
static int listed;  /* the file, open before the program gives up what it may open */
static pid_t first; /* a child's end is no end of ours */

static void note(kind k, const char *what) {
  void *frames[FRAMES + 2];
  uint64_t hash = 1469598103934665603U + k;
  int count = backtrace(frames, FRAMES + 2);
  for (int i = 2; i < count; i++) hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211U;
  size_t at = hash % PLACES;
  for (size_t tries = 0; seen[at] && seen[at] != hash && tries < PLACES; tries++) at = (at + 1) % PLACES;
  if (seen[at] == hash) return;
  seen[at] = hash;
  char line[80];
  size_t length = (size_t)snprintf(line, sizeof line, "%s %ld %s\n", names[k], counts[k], what);
  size_t *used = (size_t *)(void *)places; /* shared by the processes; the lines follow it */
  size_t at_byte = __atomic_fetch_add(used, length, __ATOMIC_SEQ_CST) + sizeof *used;
  if (at_byte + length <= PLACES_SIZE) memcpy(places + at_byte, line, length);
}

/* ---- the library that is left out, and the program */

static uintptr_t spared_from, spared_to, program_at, program_from, program_to;

static uintptr_t end_of(const struct dl_phdr_info *info) {
  uintptr_t last = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    uintptr_t end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    if (info->dlpi_phdr[i].p_type == PT_LOAD && end > last) last = end;
  }
  return last;
}

/* The program is the first, and has no name. */
static int find_parts(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  if (!program_to) program_at = program_from = info->dlpi_addr, program_to = end_of(info);
  if (strstr(info->dlpi_name, "/libcrypto.so")) spared_from = info->dlpi_addr, spared_to = end_of(info);
  return 0;
}

/* Blocks that libraries allocate are theirs; sqlite3, libedit and libm are a part of the program. */
static bool is_ours(const void *caller) {
  return (uintptr_t)caller >= program_from && (uintptr_t)caller < program_to;
}

static bool is_spared(const void *caller) {
  return (uintptr_t)caller >= spared_from && (uintptr_t)caller < spared_to;
}

/* Is this the one that is to fail? */
static bool fails(kind k, const char *what) {
  if (!begun || inside) return false;
  long mine = __atomic_add_fetch(&counts[k], 1, __ATOMIC_SEQ_CST);
  if (places) {
    inside = true;
    int kept = errno;
    note(k, what);
    errno = kept;
    inside = false;
  }
  return failing == k && (mine == number || (all_that_follow && mine > number));
}

static void *next(const char *name) {
  bool before = inside;
  inside = true;
  void *found = dlsym(RTLD_NEXT, name);
  inside = before;
  return found;
}

/* Where it crashed, for the spec's message. */
static void show(int number) {
  void *frames[32];
  backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
  signal(number, SIG_DFL);
  raise(number);
}

__attribute__((weak)) void *__interceptor_malloc(size_t size); /* the address sanitizer's, in a build with it */

static void read_settings(void) {
  if (!__interceptor_malloc) signal(SIGSEGV, show);
  const char *fail = getenv("FAIL"), *file = getenv("FAIL_PLACES");
  void *frames[2];
  backtrace(frames, 2); /* loads what it needs */
  const char *leaks = getenv("FAIL_LEAKS");
  listed = leaks ? open(leaks, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  counts_living = listed >= 0;
  with_stacks = getenv("FAIL_STACKS") != NULL;
  first = getpid();
  int f = file ? open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (f >= 0 && ftruncate(f, PLACES_SIZE) == 0)
    places = mmap(NULL, PLACES_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
  if (places == MAP_FAILED) abort();
  if (!fail) return;
  failing = strncmp(fail, "call:", 5) == 0 ? CALL : ALLOCATION;
  number = strtol(strchr(fail, ':') + 1, NULL, 10);
  all_that_follow = fail[strlen(fail) - 1] == '+';
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits) {
  if (!program_to) dl_iterate_phdr(find_parts, NULL);
  if (!begun && is_ours(__builtin_return_address(0))) { /* the sanitizer's own call comes before */
    read_settings();
    begun = true;
  }
  return ((int (*)(__rlimit_resource_t, const struct rlimit *))next("setrlimit"))(resource, limits);
}

/* ---- memory: the allocator's own names, as dlsym itself allocates; glibc's, or those of the address sanitizer */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

__attribute__((weak)) void *__interceptor_calloc(size_t count, size_t size);
__attribute__((weak)) void *__interceptor_realloc(void *block, size_t size);
__attribute__((weak)) void __interceptor_free(void *block);

#define REAL(name) (__interceptor_##name ? __interceptor_##name : __libc_##name)

static bool lacks(const void *caller) {
  char site[20] = "";
  if (places && is_ours(caller)) (void)snprintf(site, sizeof site, "%zx", (size_t)((uintptr_t)caller - program_at));
  if (is_spared(caller) || !fails(ALLOCATION, site)) return false;
  errno = ENOMEM;
  return true;
}

#define LIVING (1 << 17)

typedef struct living {
  const void *block; /* NULL: none was ever; GONE: its place can be taken again */
  void *stack[FRAMES];
  int depth;
} living;

static const char gone;
#define GONE ((const void *)&gone)

static living blocks[LIVING];
static int lock;

static living *place_of(const void *block, bool is_new) {
  size_t at = ((uintptr_t)block >> 4) * 11400714819323198485U >> 47;
  for (size_t tries = 0; tries < LIVING; tries++, at = (at + 1) % LIVING) {
    const void *there = blocks[at].block;
    if (there == block || (is_new && (!there || there == GONE))) return &blocks[at];
    if (!there) return NULL;
  }
  abort();
}

static void *born(void *block, const void *caller) {
  if (!counts_living || !block || inside || !is_ours(caller)) return block;
  inside = true;
  living one = {.block = block, .stack = {NULL, (void *)(uintptr_t)caller}, .depth = 2};
  if (with_stacks) one.depth = backtrace(one.stack, FRAMES);
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
  }
  *place_of(block, true) = one;
  __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
  inside = false;
  return block;
}

static void dead(const void *block) {
  if (!counts_living || !block) return;
  while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
  }
  living *there = place_of(block, false);
  if (there) there->block = GONE;
  __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size) {
  return lacks(CALLER) ? NULL : born(REAL(malloc)(size), CALLER);
}
void *calloc(size_t count, size_t size) {
  return lacks(CALLER) ? NULL : born(REAL(calloc)(count, size), CALLER);
}
void *realloc(void *block, size_t size) {
  if (size && lacks(CALLER)) return NULL;
  dead(block);
  void *moved = REAL(realloc)(block, size);
  return born(moved || !size ? moved : block, CALLER), moved;
}
void free(void *block) {
  dead(block);
  REAL(free)(block);
}
char *strdup(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = lacks(CALLER) ? NULL : born(REAL(malloc)(size), CALLER);
  return copy ? memcpy(copy, text, size) : NULL;
}

__attribute__((destructor)) static void list_living(void) {
  if (!counts_living || getpid() != first) return;
  counts_living = false;
  inside = true;
  for (size_t i = 0; i < LIVING; i++) {
    if (!blocks[i].block || blocks[i].block == GONE) continue;
    char line[FRAMES * 20 + 2];
    size_t length = 0;
    for (int frame = 1; frame < blocks[i].depth; frame++)
      length += (size_t)snprintf(line + length, sizeof line - length, "%#zx ",
                                 (size_t)((uintptr_t)blocks[i].stack[frame] - program_at));
    line[length++] = '\n';
    if (write(listed, line, length) < 0) _exit(99);
  }
}

/* ---- the system */

#define FAILING(type, name, parameters, arguments, error) RETURNING(type, (type)-1, name, parameters, arguments, error)
#define RETURNING(type, failed, name, parameters, arguments, error)                                                    \
  type name parameters {                                                                                               \
    static type(*real) parameters;                                                                                     \
    if (fails(CALL, #name)) return errno = (error), (failed);                                                          \
    if (!real) real = (type(*) parameters)next(#name);                                                                 \
    return real arguments;                                                                                             \
  }

FAILING(ssize_t, read, (int f, void *to, size_t n), (f, to, n), EIO)
FAILING(ssize_t, write, (int f, const void *from, size_t n), (f, from, n), EIO)
FAILING(ssize_t, pread, (int f, void *to, size_t n, off_t at), (f, to, n, at), EIO)
FAILING(ssize_t, pread64, (int f, void *to, size_t n, off_t at), (f, to, n, at), EIO)
FAILING(ssize_t, pwrite, (int f, const void *from, size_t n, off_t at), (f, from, n, at), ENOSPC)
FAILING(ssize_t, pwrite64, (int f, const void *from, size_t n, off_t at), (f, from, n, at), ENOSPC)
FAILING(ssize_t, writev, (int f, const struct iovec *from, int n), (f, from, n), EIO)
/* What ECONNRESET says is true: libpq waits for more of a connection on which one send failed. */
static int lost(int f) {
  (void)shutdown(f, SHUT_RDWR);
  return ECONNRESET;
}

FAILING(ssize_t, send, (int f, const void *from, size_t n, int how), (f, from, n, how), lost(f))
FAILING(ssize_t, recv, (int f, void *to, size_t n, int how), (f, to, n, how), lost(f))
RETURNING(FILE *, NULL, fopen, (const char *path, const char *how), (path, how), EMFILE)
RETURNING(DIR *, NULL, opendir, (const char *path), (path), EMFILE)
FAILING(int, poll, (struct pollfd * list, nfds_t count, int wait), (list, count, wait), ENOMEM)
FAILING(pid_t, fork, (void), (), EAGAIN)
FAILING(int, pipe2, (int ends[2], int how), (ends, how), EMFILE)
FAILING(int, socket, (int family, int type, int protocol), (family, type, protocol), EMFILE)
FAILING(int, socketpair, (int family, int type, int protocol, int ends[2]), (family, type, protocol, ends), EMFILE)
FAILING(int, connect, (int f, const struct sockaddr *to, socklen_t size), (f, to, size), ENETUNREACH)
FAILING(int, fsync, (int f), (f), EIO)
FAILING(int, fdatasync, (int f), (f), EIO)
FAILING(int, ftruncate, (int f, off_t size), (f, size), EIO)
FAILING(int, ftruncate64, (int f, off_t size), (f, size), EIO)
FAILING(int, rename, (const char *from, const char *to), (from, to), EACCES)

static int open_by(const char *name, const char *path, int how, mode_t mode) {
  if (fails(CALL, name)) return errno = EMFILE, -1;
  return ((int (*)(const char *, int, ...))next(name))(path, how, mode);
}

#define OPENING(name)                                                                                                  \
  int name(const char *path, int how, ...) {                                                                           \
    va_list more;                                                                                                      \
    va_start(more, how);                                                                                               \
    mode_t mode = how & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                                              \
    va_end(more);                                                                                                      \
    return open_by(#name, path, how, mode);                                                                            \
  }

OPENING(open)
OPENING(open64)

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
  if (fails(CALL, "getaddrinfo")) return EAI_AGAIN;
  return ((int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))next("getaddrinfo"))(
      host, service, hints, list);
}
