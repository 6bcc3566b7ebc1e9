#include "hardening/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define FIRST_FOREIGN 0x40000000u /* x32's calls have this bit, and the same architecture */
#elif defined(__aarch64__) && defined(__LP64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define FIRST_FOREIGN 0x40000000u /* it has none */
#endif

#define MOST_OF_A_RULE 9
#define LAST 1 /* behind the rules */

/* Adds an instruction; a jump goes so many on where it is true, and where it is false. */
static void add(struct sock_fprog *p, unsigned code, unsigned true_on, unsigned false_on, uint32_t k) {
  p->filter[p->len++] = (struct sock_filter){(uint16_t)code, (uint8_t)true_on, (uint8_t)false_on, k};
}

static void load(struct sock_fprog *p, size_t offset) {
  add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* One half of an argument, at `offset` of the call's data: on to the next instruction where it fits, and where it does
 * not, over the `rest` of the rule behind these three. */
static void compare_half(struct sock_fprog *p, size_t offset, uint32_t mask, uint32_t value, unsigned rest) {
  load(p, offset);
  add(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
  add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, rest, value);
}

/* The number of the call is loaded before it, and again where an argument was looked at and does not fit. */
static void add_rule(struct sock_fprog *p, const seccomp_rule *r) {
  add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, r->argument ? 8 : 1, (uint32_t)r->call);
  if (r->argument) {
    size_t low = offsetof(struct seccomp_data, args) + (r->argument - 1) * sizeof(uint64_t);
    compare_half(p, low, (uint32_t)r->mask, (uint32_t)r->value, 4);
    compare_half(p, low + sizeof(uint32_t), (uint32_t)(r->mask >> 32), (uint32_t)(r->value >> 32), 1);
  }
  add(p, BPF_RET | BPF_K, 0, 0, r->action);
  if (r->argument) load(p, offsetof(struct seccomp_data, nr));
}

int seccomp_program(const seccomp_rule *rules, size_t count, uint32_t otherwise, struct sock_fprog *out) {
#ifdef ARCHITECTURE
  out->len = 0;
  load(out, offsetof(struct seccomp_data, arch));
  add(out, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, ARCHITECTURE);
  load(out, offsetof(struct seccomp_data, nr));
  add(out, BPF_JMP | BPF_JGE | BPF_K, 0, 1, FIRST_FOREIGN);
  add(out, BPF_RET | BPF_K, 0, 0, SECCOMP_KILL);
  for (size_t i = 0; i < count; i++) {
    if (out->len + MOST_OF_A_RULE + LAST > SECCOMP_LONGEST) return E2BIG;
    add_rule(out, &rules[i]);
  }
  add(out, BPF_RET | BPF_K, 0, 0, otherwise);
  return 0;
#else
  (void)rules, (void)count, (void)otherwise, (void)out;
  return ENOSYS;
#endif
}

int seccomp_install(const seccomp_rule *rules, size_t count, uint32_t otherwise) {
  struct sock_filter filter[SECCOMP_LONGEST];
  struct sock_fprog program = {.filter = filter};
  int error = seccomp_program(rules, count, otherwise, &program);
  if (error) return error;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}
