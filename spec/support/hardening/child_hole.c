/*
 * Preloaded into the program, as if a script had broken out of Lua: when a child process hears its parent for the first
 * time, or whenever it does (`look on`, which tells the most it found), it tries what HOLE names; the program says on standard error what came of it, for the child writes no files.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAPS 20      /* the descriptor of a child's own list of its memory, which it keeps */
#define COVER '\x2a' /* HOLE_LOOKS_FOR, several with blanks between, is written down under it: the library has it not */

static pid_t first;
static char *said; /* shared by all */
static char hole[40], file[300], sought[2000];

static void copy(char *to, size_t size, const char *name) {
  const char *value = getenv(name);
  snprintf(to, size, "%s", value ? value : "");
}

/* A child has no environment. */
__attribute__((constructor)) static void note(void) {
  first = getpid();
  copy(hole, sizeof hole, "HOLE");
  copy(file, sizeof file, "HOLE_FILE");
  copy(sought, sizeof sought, "HOLE_LOOKS_FOR");
  said = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

__attribute__((destructor)) static void tell(void) {
  if (first == getpid()) fputs(said, stderr);
}

pid_t fork(void) {
  pid_t pid = ((pid_t(*)(void))dlsym(RTLD_NEXT, "fork"))();
  int maps = pid ? -1 : open("/proc/self/maps", O_RDONLY);
  if (maps >= 0) dup2(maps, MAPS);
  return pid;
}

int close_range(unsigned from, unsigned to, int flags) {
  return syscall(SYS_close_range, from, MAPS - 1, flags) || syscall(SYS_close_range, MAPS + 1, to, flags);
}

static long count_one(const char *at, const char *end, const char *one, size_t length) {
  long count = 0;
  for (; end - at >= (long)length; at++) {
    size_t same = 0;
    while (same < length && at[same] == (one[same] ^ COVER)) same++;
    count += same == length;
  }
  return count;
}

static long count_in(const char *at, const char *end) {
  long count = 0;
  for (const char *one = sought; *one; one += one[strcspn(one, " ")] ? strcspn(one, " ") + 1 : strcspn(one, " "))
    count += count_one(at, end, one, strcspn(one, " "));
  return count;
}

/* How often it stands in what this process may write, but for the stack on which this runs. */
static long look(int maps) {
  static char text[1 << 18];
  size_t length = 0;
  long count = 0;
  if (lseek(maps, 0, SEEK_SET) != 0) return -1;
  for (ssize_t n; (n = read(maps, text + length, sizeof text - 1 - length)) > 0;) length += n;
  text[length] = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    unsigned long from, to;
    char rights[5];
    if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && !memcmp(rights, "rw", 2) && !strstr(line, "[stack]"))
      count += count_in((char *)from, (char *)to);
  }
  return length ? count : -1;
}

static long connect_by(int type) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = 80, .sin_addr = {0x0100007f}};
  return connect(socket(AF_INET, type, 0), (struct sockaddr *)&to, sizeof to);
}

static long send_to(void) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  return sendto(3, "", 1, 0, (struct sockaddr *)&to, sizeof to);
}

static long map_code(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long protect_code(void) {
  return mprotect((void *)((size_t)sbrk(0) - 8192 & ~(size_t)4095), 4096, PROT_READ | PROT_EXEC);
}

/* Asks the parent for a file, as child/message.h writes it. */
static long ask(char kind, const char *name, const char *stream) {
  char message[400];
  int64_t lengths[2] = {strlen(name), strlen(stream)}, number = kind;
  uint32_t length = sizeof number + sizeof lengths + lengths[0] + lengths[1];
  char *at = mempcpy(message, &length, sizeof length);
  *at++ = 'f';
  at = mempcpy(at, &number, sizeof number);
  at = mempcpy(mempcpy(at, &lengths[0], sizeof lengths[0]), name, lengths[0]);
  at = mempcpy(mempcpy(at, &lengths[1], sizeof lengths[1]), stream, lengths[1]);
  return send(3, message, at - message, 0) == at - message ? 0 : -1;
}

static long try(void) {
  char *const words[] = {"true", NULL};
  struct stat is;
  if (!strcmp(hole, "open")) return open("/etc/passwd", O_RDONLY);
  if (!strcmp(hole, "write a file")) return open(file, O_WRONLY | O_CREAT, 0600);
  if (!strcmp(hole, "memory")) return open("/proc/self/mem", O_RDWR);
  if (!strcmp(hole, "stat")) return stat("/etc/passwd", &is);
  if (!strcmp(hole, "unlink")) return unlink(file);
  if (!strcmp(hole, "limits")) return syscall(SYS_prlimit64, getppid(), RLIMIT_NOFILE, NULL, &(struct rlimit){0});
  if (!strcmp(hole, "send to")) return send_to();
  if (!strcmp(hole, "chmod")) return chmod(file, 0777);
  if (!strcmp(hole, "socket")) return connect_by(SOCK_STREAM);
  if (!strcmp(hole, "execve")) return execve("/bin/true", words, NULL);
  if (!strcmp(hole, "fork")) return fork();
  if (!strcmp(hole, "ptrace")) return ptrace(PTRACE_ATTACH, getppid(), 0, 0);
  if (!strcmp(hole, "kill")) return kill(getppid(), SIGKILL);
  if (!strcmp(hole, "tgkill")) return syscall(SYS_tgkill, getppid(), getppid(), SIGKILL);
  if (!strcmp(hole, "code")) return map_code();
  if (!strcmp(hole, "protect")) return protect_code();
  if (!strcmp(hole, "abort")) abort();
  if (!strcmp(hole, "look") || !strcmp(hole, "look on")) return look(MAPS);
  if (!strcmp(hole, "look in the parent") || !strcmp(hole, "look on in the parent"))
    return look(open("/proc/self/maps", O_RDONLY));
  if (!strcmp(hole, "ask beside another")) return ask('b', "secret.txt", "other");
  if (!strcmp(hole, "ask for much"))
    for (int i = 0; i < 2000; i++) ask('j', "spec.json", "");
  return 0;
}

static void try_hole(void) {
  static int tried;
  static long most;
  if (*hole && (first != getpid()) == !strstr(hole, "parent") && (!tried++ || strstr(hole, " on"))) {
    errno = 0;
    long result = try();
    if (result > most) most = result;
    if (strstr(hole, "look"))
      snprintf(said, 4096, "%s: %ld\n", hole, result < 0 ? result : most);
    else
      snprintf(said, 4096, "%s: %s\n", hole, result < 0 ? strerror(errno) : "done");
  }
}

ssize_t send(int descriptor, const void *from, size_t length, int flags) {
  if (strstr(hole, " on")) try_hole(); /* the last one says what its script came to */
  return ((ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send"))(descriptor, from, length, flags);
}

ssize_t recv(int descriptor, void *to, size_t length, int flags) {
  try_hole();
  return ((ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv"))(descriptor, to, length, flags);
}
