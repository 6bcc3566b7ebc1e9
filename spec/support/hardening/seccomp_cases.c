/*
 * What a filter of rules decides and does. `cases decide`: each decision, by an interpreter of BPF, for the
 * architecture that this was compiled for. `cases try NAME`: puts a filter on and makes a call; prints what it gave.
 */
#include "hardening/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define HERE AUDIT_ARCH_X86_64
#define ELSEWHERE AUDIT_ARCH_AARCH64
#else
#define HERE AUDIT_ARCH_AARCH64
#define ELSEWHERE AUDIT_ARCH_X86_64
#endif

static const seccomp_rule rules[] = {
    {SYS_getppid, SECCOMP_ERROR(EPERM), 0, 0, 0},
    {SYS_getpgid, SECCOMP_ALLOW, 1, 0xff, 0x10},
    {SYS_getpgid, SECCOMP_ERROR(ENOSYS), 1, 0xffffffffffffffff, 0x100000020},
    {SYS_getpgid, SECCOMP_ERROR(EACCES), 6, 0x8, 0x8},
    {SYS_getsid, SECCOMP_KILL, 0, 0, 0},
};
#define COUNT (sizeof rules / sizeof rules[0])

static uint32_t decide(const struct sock_fprog *p, const struct seccomp_data *data) {
  uint32_t a = 0;
  for (unsigned at = 0; at < p->len; at++) {
    const struct sock_filter *i = &p->filter[at];
    switch (i->code) {
    case BPF_LD | BPF_W | BPF_ABS: memcpy(&a, (const char *)data + i->k, sizeof a); break;
    case BPF_ALU | BPF_AND | BPF_K: a &= i->k; break;
    case BPF_JMP | BPF_JEQ | BPF_K: at += a == i->k ? i->jt : i->jf; break;
    case BPF_JMP | BPF_JGE | BPF_K: at += a >= i->k ? i->jt : i->jf; break;
    case BPF_RET | BPF_K: return i->k;
    default: abort();
    }
  }
  abort();
}

static void print_decision(const struct sock_fprog *p, const char *what, struct seccomp_data data) {
  uint32_t is = decide(p, &data);
  const char *name = is == SECCOMP_ALLOW ? "allow" : is == SECCOMP_KILL ? "kill" : strerror((int)(is & 0xffff));
  printf("%s: %s\n", what, name);
}

static int print_decisions(void) {
  struct sock_filter filter[SECCOMP_LONGEST];
  struct sock_fprog p = {.filter = filter};
  if (seccomp_program(rules, COUNT, SECCOMP_ALLOW, &p) != 0) return 1;
#define DECIDE(what, ...) print_decision(&p, what, (struct seccomp_data){.arch = HERE, __VA_ARGS__})
  DECIDE("no rule's call", .nr = SYS_read);
  DECIDE("a call that fails", .nr = SYS_getppid);
  DECIDE("a call that kills", .nr = SYS_getsid);
  DECIDE("an argument under its mask", .nr = SYS_getpgid, .args = {0x7710});
  DECIDE("an argument of 64 bits", .nr = SYS_getpgid, .args = {0x100000020});
  DECIDE("one whose upper half differs", .nr = SYS_getpgid, .args = {0x200000020});
  DECIDE("the sixth argument", .nr = SYS_getpgid, .args = {0x11, 0, 0, 0, 0, 0xffff});
  DECIDE("no argument that fits", .nr = SYS_getpgid, .args = {0x11, 0, 0, 0, 0, 0xf7});
  DECIDE("a call of x32", .nr = 0x40000000 | SYS_read);
  print_decision(&p, "another architecture", (struct seccomp_data){.arch = ELSEWHERE, .nr = SYS_read});
  return 0;
}

static int print_result(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
  fflush(stdout);
  return 0;
}

static int try_number(long number, long argument) {
  print_result("getpid", syscall(SYS_getpid));
  return print_result("the call", syscall(number, argument, 0L, 0L, 0L, 0L, 0L));
}

static int try_list(void) {
  static const long needed[] = {SYS_write, SYS_exit_group, SYS_newfstatat, SYS_fstat};
  seccomp_rule list[4];
  for (size_t i = 0; i < 4; i++) list[i] = (seccomp_rule){needed[i], SECCOMP_ALLOW, 0, 0, 0};
  if (seccomp_install(list, 4, SECCOMP_ERROR(EPERM)) != 0) return 1;
  return print_result("the call", syscall(SYS_getpid));
}

static int try_case(const char *name) {
  static seccomp_rule many[SECCOMP_LONGEST];
  if (strcmp(name, "list") == 0) return try_list();
  if (strcmp(name, "many") == 0)
    return print_result(name, (errno = seccomp_install(many, SECCOMP_LONGEST / 2, 0)) ? -1 : 0);
  if ((errno = seccomp_install(rules, COUNT, SECCOMP_ALLOW)) != 0) return print_result("install", -1);
  if (strcmp(name, "fails") == 0) return try_number(SYS_getppid, 0);
  if (strcmp(name, "argument") == 0) return try_number(SYS_getpgid, 0x100000020);
  if (strcmp(name, "kills") == 0) return try_number(SYS_getsid, 0);
#ifdef __x86_64__
  if (strcmp(name, "x32") == 0) return try_number(0x40000000 | SYS_getpid, 0);
  if (strcmp(name, "i386") == 0) {
    long result = 20; /* getpid there */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    return print_result("the call", result);
  }
#endif
  return 2;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "decide") == 0) return print_decisions();
  return argc == 3 && strcmp(argv[1], "try") == 0 ? try_case(argv[2]) : 2;
}
