#include "child/in_child/confine.h"

#include "base/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 32
#define MOST_ADDRESSES ((rlim_t)1 << 57) /* more than any machine of ours has */
#define OWN_NEEDS ((size_t)16 << 20)     /* of the runtime itself, such as the inflating of a body */

/* Standard error stays: what a library has to say before it ends the process must not be lost. */
static void close_rest(int *channel, int *lines) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  int above = STDERR_FILENO + 3; /* no higher: few descriptors may be allowed */
  int high_channel = fcntl(*channel, F_DUPFD_CLOEXEC, above), high_lines = fcntl(*lines, F_DUPFD_CLOEXEC, above);
  *channel = dup2(high_channel, STDERR_FILENO + 1);
  *lines = dup2(high_lines, STDERR_FILENO + 2);
  if (*channel < 0 || *lines < 0) _exit(EXIT_FAILURE);
  close_range((unsigned)*lines + 1, ~0U, 0);
}

static void set_limit(int which, rlim_t max) {
  struct rlimit present;
  if (getrlimit((__rlimit_resource_t)which, &present) == 0 && present.rlim_cur < max) max = present.rlim_cur;
  setrlimit((__rlimit_resource_t)which, &(struct rlimit){max, max});
}

/* May the process have a page more where its addresses are limited to so many bytes? */
static bool may_grow(struct rlimit limit, rlim_t bytes, size_t page) {
  limit.rlim_cur = bytes;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return true;
  void *more = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (more != MAP_FAILED) munmap(more, page);
  return more != MAP_FAILED;
}

size_t confine_present_size(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0) return 0;
  rlim_t low = 0, high = limit.rlim_cur < MOST_ADDRESSES ? limit.rlim_cur / page : MOST_ADDRESSES / page;
  while (low < high) {
    rlim_t middle = low + (high - low) / 2;
    if (may_grow(limit, middle * page, page))
      high = middle;
    else
      low = middle + 1;
  }
  setrlimit(RLIMIT_AS, &limit);
  return low ? (size_t)(low - 1) * page : 0;
}

static void limit_resources(size_t memory) {
#ifndef PERIGEE_SANITIZED /* its shadow memory is terabytes, and it reports into a file: there, Lua's own cap holds    \
                             alone */
  size_t present = confine_present_size();
  if (present) set_limit(RLIMIT_AS, present + memory + OWN_NEEDS);
  set_limit(RLIMIT_FSIZE, 0);
#else
  (void)memory;
#endif
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, MAX_DESCRIPTORS);
  set_limit(RLIMIT_NPROC, 0); /* does not bind root */
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void set_signals(int64_t time) {
  if (!signals_install() || !signals_limit(time)) _exit(EXIT_FAILURE);
  (void)signal(SIGINT, SIG_IGN); /* from a terminal both get it, and the parent decides */
  (void)signal(SIGTERM, SIG_DFL);
  (void)signal(SIGXFSZ, SIG_IGN); /* what a library says on standard error is not what shall end it */
}

void confine(pid_t parent, int *channel, int *lines, int64_t time, size_t memory) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE); /* it was gone before */
  close_rest(channel, lines);
  set_signals(time);
  limit_resources(memory);
}
