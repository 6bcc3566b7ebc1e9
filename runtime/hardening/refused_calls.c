#include "hardening/refused_calls.h"

#include "hardening/seccomp.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define REFUSE SECCOMP_ERROR(EPERM)
#define CALL(name)                                                                                                     \
  { SYS_##name, REFUSE, 0, 0, 0 }
#define IF(name, action, argument, mask, value)                                                                        \
  { SYS_##name, action, argument, mask, value }
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define MOST 96

#define SPACES                                                                                                         \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#ifndef SYS_mount_setattr /* <sys/syscall.h> of older systems; these have one number on all architectures */
#define SYS_mount_setattr 442
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Other processes, the kernel, the machine, and what widens the rights of this one. glibc uses clone where there is no
 * clone3, whose flags a filter cannot see. */
static const seccomp_rule always[] = {
#ifndef PERIGEE_SANITIZED /* the leak checker looks into its process by it */
    CALL(ptrace),
#endif
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kcmp),
    CALL(pidfd_getfd),
    CALL(perf_event_open),
    CALL(bpf),
    CALL(userfaultfd),
    CALL(io_uring_setup),
    CALL(io_uring_enter),
    CALL(io_uring_register),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(acct),
    CALL(quotactl),
    CALL(syslog),
    CALL(vhangup),
    CALL(settimeofday),
    CALL(clock_settime),
    CALL(clock_adjtime),
    CALL(adjtimex),
    CALL(sethostname),
    CALL(setdomainname),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(chroot),
    CALL(open_tree),
    CALL(move_mount),
    CALL(fsopen),
    CALL(fsconfig),
    CALL(fsmount),
    CALL(fspick),
    CALL(mount_setattr),
    CALL(unshare),
    CALL(setns),
    CALL(name_to_handle_at),
    CALL(open_by_handle_at),
    CALL(fanotify_init),
    CALL(add_key),
    CALL(request_key),
    CALL(keyctl),
    CALL(memfd_secret),
    CALL(personality),
#ifdef SYS_iopl
    CALL(iopl),
    CALL(ioperm),
    CALL(modify_ldt),
#endif
    IF(clone, SECCOMP_ALLOW, 1, SPACES, 0),
    CALL(clone),
    {SYS_clone3, SECCOMP_ERROR(ENOSYS), 0, 0, 0},
    IF(ioctl, REFUSE, 2, 0xffffffff, 0x5412), /* TIOCSTI types into a terminal */
    IF(ioctl, REFUSE, 2, 0xffffffff, 0x541c), /* TIOCLINUX, too */
    CALL(listen),
    CALL(accept),
    CALL(accept4),
};

static const seccomp_rule no_programs[] = {
    CALL(execve), CALL(execveat), IF(mmap, REFUSE, 3, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC),
    IF(mprotect, REFUSE, 3, PROT_EXEC, PROT_EXEC), IF(pkey_mprotect, REFUSE, 3, PROT_EXEC, PROT_EXEC)};

/* Of a lookup of names: netlink tells which addresses this machine has. */
static const seccomp_rule connecting[] = {IF(socket, SECCOMP_ALLOW, 1, 0xffffffff, AF_UNIX),
                                          IF(socket, SECCOMP_ALLOW, 1, 0xffffffff, AF_INET),
                                          IF(socket, SECCOMP_ALLOW, 1, 0xffffffff, AF_INET6),
                                          IF(socket, SECCOMP_ALLOW, 1, 0xffffffff, AF_NETLINK), CALL(socket)};

static const seccomp_rule no_network[] = {CALL(socket), CALL(connect), CALL(bind)};

_Static_assert(COUNT(always) + COUNT(no_programs) + COUNT(connecting) + COUNT(no_network) <= MOST, "all have room");

static size_t add(seccomp_rule *rules, size_t count, const seccomp_rule *more, size_t how_many) {
  memcpy(rules + count, more, how_many * sizeof *more);
  return count + how_many;
}

int refused_calls_install(unsigned scopes) {
  seccomp_rule rules[MOST];
  size_t count = add(rules, 0, always, COUNT(always));
#ifdef PERIGEE_SANITIZED /* a report has names by a program that is run */
  scopes |= REFUSED_CALLS_EXECUTES;
#endif
  if (!(scopes & REFUSED_CALLS_EXECUTES)) count = add(rules, count, no_programs, COUNT(no_programs));
  count = scopes & REFUSED_CALLS_CONNECTS ? add(rules, count, connecting, COUNT(connecting))
                                          : add(rules, count, no_network, COUNT(no_network));
  return seccomp_install(rules, count, SECCOMP_ALLOW);
}
