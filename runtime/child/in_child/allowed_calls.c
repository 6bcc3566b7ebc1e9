#include "child/in_child/allowed_calls.h"

#include "hardening/seccomp.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef PERIGEE_SANITIZED

int allowed_calls_install(void) {
  return ENOSYS;
}

#else

#define ALLOW(name)                                                                                                    \
  { SYS_##name, SECCOMP_ALLOW, 0, 0, 0 }
#define ALLOW_IF(name, argument, value)                                                                                \
  { SYS_##name, SECCOMP_ALLOW, argument, UINT64_MAX, value }
#define KILL(name)                                                                                                     \
  { SYS_##name, SECCOMP_KILL, 0, 0, 0 }
#define KILL_EXECUTABLE(name)                                                                                          \
  { SYS_##name, SECCOMP_KILL, 3, PROT_EXEC, PROT_EXEC }

/* In order of how often they come. A channel's messages have no address, and limits are its own. */
static const seccomp_rule rules[] = {
    ALLOW(write),
    ALLOW(read),
    ALLOW(recvfrom),
    ALLOW_IF(sendto, 5, 0),
#ifdef SYS_poll
    ALLOW(poll),
#endif
    ALLOW(ppoll),
    ALLOW(setitimer),
    ALLOW(clock_gettime),
    KILL_EXECUTABLE(mmap),
    ALLOW(mmap),
    ALLOW(munmap),
    ALLOW(mremap),
    KILL_EXECUTABLE(mprotect),
    ALLOW(mprotect),
    ALLOW(madvise),
    ALLOW(brk),
    ALLOW(futex),
    ALLOW(getrandom),
    ALLOW(rt_sigreturn),
    ALLOW(rt_sigprocmask),
    ALLOW(rt_sigaction),
    ALLOW(restart_syscall),
    ALLOW(clock_nanosleep),
    ALLOW(gettimeofday),
    ALLOW_IF(prlimit64, 1, 0),
    ALLOW(writev),
    ALLOW(close),
    ALLOW(getpid),
    ALLOW(gettid),
    ALLOW(exit),
    ALLOW(exit_group),
    KILL(execve),
    KILL(execveat),
    KILL(clone),
    KILL(clone3),
#ifdef SYS_fork
    KILL(fork),
    KILL(vfork),
#endif
    KILL(ptrace),
    KILL(process_vm_readv),
    KILL(process_vm_writev),
    KILL(kill),
    KILL(tkill),
    KILL(tgkill),
    KILL(rt_sigqueueinfo),
    KILL(pidfd_send_signal),
    KILL(socket),
    KILL(socketpair),
    KILL(connect),
    KILL(bind),
    KILL(listen),
    KILL(bpf),
    KILL(userfaultfd),
    KILL(perf_event_open),
    KILL(io_uring_setup),
    KILL(memfd_create),
    KILL(unshare),
    KILL(setns),
    KILL(mount),
    KILL(keyctl),
};
#define COUNT (sizeof rules / sizeof *rules)

int allowed_calls_install(void) {
  /* It may end itself, as abort() does. */
  seccomp_rule all[COUNT + 1] = {ALLOW_IF(tgkill, 1, (uint64_t)getpid())};
  memcpy(all + 1, rules, sizeof rules);
  return seccomp_install(all, COUNT + 1, SECCOMP_ERROR(EPERM));
}

#endif
