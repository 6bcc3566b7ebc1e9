/*
 * Preloaded into the program: a hole. When the program ends, with all that it gave up, it tries what HOLE names, words
 * with blanks between them, and prints a line for each on standard error: `hole: read /etc/passwd: Permission denied`.
 * HOLE_VERSION=N: the kernel says that it has the Nth version of Landlock (0: it has none), and refuses what that one
 * does not know. HOLE_VERSION=refused: no filter and no rules can be put on, as in some containers.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the kernel's version, which the program asks for by syscall */

static const uint64_t known_files[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff, 0xffff};
static const size_t sizes[] = {0, 8, 8, 8, 16, 16, 24, 24};

static long refuse(int error) {
  errno = error;
  return -1;
}

int prctl(int option, ...) {
  int (*real)(int, ...) = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
  const char *version = getenv("HOLE_VERSION");
  long a[4];
  va_list list;
  va_start(list, option);
  for (int i = 0; i < 4; i++) a[i] = va_arg(list, long);
  va_end(list);
  bool limits = option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP;
  return limits && version && strcmp(version, "refused") == 0 ? (int)refuse(EPERM)
                                                              : real(option, a[0], a[1], a[2], a[3]);
}

static long create_ruleset(int version, const uint64_t *asked, size_t size, unsigned flags) {
  if (!version) return refuse(EOPNOTSUPP);
  if (flags & 1) return version;
  if (size != sizes[version] || asked[0] & ~known_files[version]) return refuse(EINVAL);
  return syscall(SYS_landlock_create_ruleset, asked, size, flags);
}

long syscall(long number, ...) {
  long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  const char *version = getenv("HOLE_VERSION");
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  static int inside;
  if (number != SYS_landlock_create_ruleset || !version || inside)
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  inside = 1;
  long result = strcmp(version, "refused") == 0
                    ? refuse(EPERM)
                    : create_ruleset(atoi(version), (const uint64_t *)a[0], (size_t)a[1], (unsigned)a[2]);
  inside = 0;
  return result;
}

/* ---- what is tried: each returns a negative number and sets errno where it is refused */

static long open_closed(const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file >= 0) close(file);
  return file;
}

static long try_read(const char *path) {
  return open_closed(path, O_RDONLY | O_NONBLOCK);
}

static long try_write(const char *path) {
  return open_closed(path, O_WRONLY | O_CREAT);
}

static long try_list(const char *path) {
  return open_closed(path, O_RDONLY | O_DIRECTORY);
}

static long try_folder(const char *path) {
  return mkdir(path, 0700);
}

static long try_link(const char *path) {
  return symlink("/etc/passwd", path);
}

static long try_execute(const char *path) {
  char *words[] = {(char *)path, NULL};
  char *none[] = {NULL};
  fflush(stderr);
  pid_t child = vfork(); /* it shares our memory, and so errno */
  if (child == 0) {
    execve(path, words, none);
    _exit(127);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) < 0) return -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -1 : 0;
}

static struct sockaddr_in loopback(const char *port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static long try_connect(const char *port) {
  struct sockaddr_in to = loopback(port);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  return s < 0 ? -1 : connect(s, (struct sockaddr *)&to, sizeof to);
}

static long try_bind(const char *port) {
  struct sockaddr_in at = loopback(port);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  return s < 0 ? -1 : bind(s, (struct sockaddr *)&at, sizeof at);
}

/* A socket without an address listens at one that the kernel chooses. */
static long try_listen(const char *nothing) {
  (void)nothing;
  int s = socket(AF_INET, SOCK_STREAM, 0);
  return s < 0 ? -1 : listen(s, 1);
}

static long try_abstract(const char *name) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path + 1, name, sizeof to.sun_path - 2);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  return s < 0 ? -1
               : connect(s, (struct sockaddr *)&to,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

static pid_t child; /* made before the program gave up anything, for the word `child` */

static long try_child(const char *nothing) {
  (void)nothing;
  return kill(child, SIGKILL);
}

static long try_signal(const char *pid) {
  return kill(atoi(pid), 0);
}

/* Pages that may be written, and then executed. */
static long try_code(const char *nothing) {
  (void)nothing;
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

/* Calls with arguments that are wrong, for a kernel that looks at them at all. */
static long try_call(const char *name) {
  static const struct {
    const char *name;
    long number;
  } calls[] = {
      {"ptrace", SYS_ptrace},           {"mount", SYS_mount},        {"bpf", SYS_bpf},
      {"kexec", SYS_kexec_load},        {"module", SYS_init_module}, {"unshare", SYS_unshare},
      {"io_uring", SYS_io_uring_setup}, {"keyctl", SYS_keyctl},      {"process_vm_readv", SYS_process_vm_readv},
      {"userfaultfd", SYS_userfaultfd}, {"accept", SYS_accept4},     {"setns", SYS_setns}};
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (strcmp(calls[i].name, name) == 0) return syscall(calls[i].number, -1L, -1L, -1L, -1L, -1L, -1L);
  abort();
}

static long try_packets(const char *nothing) {
  (void)nothing;
  return socket(AF_PACKET, SOCK_RAW, 0);
}

static const struct {
  const char *word;
  long (*try)(const char *with);
} all[] = {{"read", try_read},     {"write", try_write},       {"list", try_list},       {"folder", try_folder},
           {"link", try_link},     {"execute", try_execute},   {"connect", try_connect}, {"bind", try_bind},
           {"listen", try_listen}, {"abstract", try_abstract}, {"signal", try_signal},   {"child", try_child},
           {"code", try_code},     {"call", try_call},         {"packets", try_packets}};

__attribute__((constructor)) static void make_child(void) {
  const char *given = getenv("HOLE");
  pid_t parent = getpid();
  child = given && strstr(given, "child") ? fork() : -1;
  if (child != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (getppid() == parent) pause();
  _exit(0);
}

__attribute__((destructor)) static void try_all(void) {
  const char *given = getenv("HOLE");
  char *copy = strdup(given ? given : ""), *state = NULL;
  for (char *word = strtok_r(copy, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
    char *with = strchr(word, ':');
    if (with) *with++ = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
      if (strcmp(all[i].word, word) != 0) continue;
      errno = 0;
      long result = all[i].try(with ? with : "");
      dprintf(STDERR_FILENO, "hole: %s%s%s: %s\n", word, with ? ":" : "", with ? with : "",
              result < 0 ? strerror(errno) : "done");
    }
  }
  free(copy);
}
