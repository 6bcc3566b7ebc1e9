/* A filter of system calls: rules as data, made into the kernel's classic BPF and put on for good. */
#ifndef PERIGEE_SECCOMP_H
#define PERIGEE_SECCOMP_H

#include <stddef.h>
#include <stdint.h>

struct sock_fprog;

/* What becomes of a call: as <linux/seccomp.h> writes it. SECCOMP_ERROR(EPERM): it fails with this errno. */
#define SECCOMP_ALLOW 0x7fff0000u
#define SECCOMP_KILL 0x80000000u /* the whole process, by SIGSYS */
#define SECCOMP_ERROR(error) (0x00050000u | (uint32_t)(error))

/* {SYS_ptrace, SECCOMP_KILL} holds for each such call. {SYS_mmap, SECCOMP_KILL, 3, PROT_EXEC, PROT_EXEC} holds where
 * the third argument, under the mask of the fourth field, is the fifth: pages that may be executed. */
typedef struct seccomp_rule {
  long call; /* SYS_… of <sys/syscall.h> */
  uint32_t action;
  unsigned argument; /* from 1 to 6; 0: whatever they are */
  uint64_t mask, value;
} seccomp_rule;

#define SECCOMP_LONGEST 1024 /* instructions of a filter; a rule needs 2, and 9 where it looks at an argument */

/*
 * Puts a filter on this thread, and on all processes and threads that it makes: the first rule that holds for a call
 * counts, and `otherwise` where none does. Calls of another architecture, x32 among them, kill. The process gets no new
 * privileges by exec any more. Returns 0 or an errno: ENOSYS where this architecture's calls are not known, E2BIG where
 * the rules are too many, and what the kernel said where it, or a container, allows no filter.
 */
int seccomp_install(const seccomp_rule *rules, size_t count, uint32_t otherwise);

/* The same filter as a program, of SECCOMP_LONGEST instructions at most, put on by nobody. 0 or an errno. */
int seccomp_program(const seccomp_rule *rules, size_t count, uint32_t otherwise, struct sock_fprog *out);

#endif
