#include "hardening/landlock.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface, <linux/landlock.h>, of which Debian 12 has the second version. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 }; /* on all architectures */
enum { VERSION = 1 };                                               /* a flag */
enum { PATH_BENEATH = 1 };                                          /* a kind of rule */

typedef struct ruleset_attr {
  uint64_t files, network, scopes;
} ruleset_attr;

typedef struct path_beneath_attr {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed)) path_beneath_attr;

#define BIT(n) (UINT64_C(1) << (n))
#define EXECUTE BIT(0)
#define WRITE_FILE BIT(1)
#define READ_FILE BIT(2)
#define READ_DIR BIT(3)
#define REMOVE_DIR BIT(4)
#define REMOVE_FILE BIT(5)
#define MAKE_DIR BIT(7)
#define MAKE_REG BIT(8)
#define TRUNCATE BIT(14)
#define IOCTL_DEV BIT(15)
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

#define BIND_TCP BIT(0)
#define CONNECT_TCP BIT(1)
#define ABSTRACT_SOCKETS BIT(0)
#define SIGNALS BIT(1)

/* How many kinds of access to files a version knows. */
static const int known_files[LANDLOCK_NEWEST + 1] = {0, 13, 14, 15, 15, 16, 16, 16};

static size_t size_of(int version) {
  return version < 4   ? offsetof(ruleset_attr, network)
         : version < 6 ? offsetof(ruleset_attr, scopes)
                       : sizeof(ruleset_attr);
}

static ruleset_attr asked_for(int version, unsigned scopes) {
  ruleset_attr a = {0};
  if (!(scopes & LANDLOCK_ANY_FILE)) a.files = BIT(known_files[version]) - 1;
  if (version >= 4) a.network = scopes & LANDLOCK_CONNECTS ? BIND_TCP : BIND_TCP | CONNECT_TCP;
  if (version >= 6)
    a.scopes = (scopes & LANDLOCK_ABSTRACT ? 0 : ABSTRACT_SOCKETS) | (scopes & LANDLOCK_SIGNALS ? 0 : SIGNALS);
  return a;
}

void landlock_begin(landlock *l, unsigned scopes) {
  long version = syscall(CREATE_RULESET, NULL, (size_t)0, VERSION);
  *l = (landlock){.rules = -1, .version = version < 0 ? 0 : version < LANDLOCK_NEWEST ? (int)version : LANDLOCK_NEWEST};
  ruleset_attr a = asked_for(l->version, scopes);
  l->files = a.files;
  if (version < 0)
    l->error = errno;
  else if (a.files || a.network || a.scopes)
    l->rules = (int)syscall(CREATE_RULESET, &a, size_of(l->version), 0);
  if (version >= 0 && l->rules < 0) l->error = a.files || a.network || a.scopes ? errno : EOPNOTSUPP;
}

static uint64_t rights_of(unsigned access) {
  uint64_t rights = 0;
  if (access & LANDLOCK_READ) rights |= READ_FILE | READ_DIR;
  if (access & LANDLOCK_WRITE) rights |= WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE;
  if (access & LANDLOCK_FOLDERS) rights |= MAKE_DIR | REMOVE_DIR;
  if (access & LANDLOCK_EXECUTE) rights |= EXECUTE | IOCTL_DEV;
  return rights;
}

/* Whether it is not there for us, and not a want of memory or descriptors, without which a rule would be lacking. */
static bool is_absent(int error) {
  return error != EMFILE && error != ENFILE && error != ENOMEM && error != EINTR;
}

void landlock_allow(landlock *l, const char *path, unsigned access) {
  struct stat is;
  if (l->rules < 0 || l->error || !l->files) return;
  path_beneath_attr a = {.parent = open(path, O_PATH | O_CLOEXEC)};
  if (a.parent < 0) {
    if (!is_absent(errno)) l->error = errno;
    return;
  }
  a.allowed = rights_of(access) & l->files;
  if (fstat(a.parent, &is) != 0)
    l->error = errno;
  else if (!S_ISDIR(is.st_mode))
    a.allowed &= OF_FILES;
  if (!l->error && a.allowed && syscall(ADD_RULE, l->rules, PATH_BENEATH, &a, 0) != 0 && errno != EBADFD)
    l->error = errno;
  close(a.parent);
}

void landlock_allow_around(landlock *l, const char *path, unsigned access) {
  size_t length = strlen(path);
  bytes folder = {0};
  while (length > 1 && path[length - 1] == '/') length--;
  while (length && path[length - 1] != '/') length--;
  if (length ? bytes_append(&folder, path, length) : bytes_text(&folder, ".")) landlock_allow(l, folder.data, access);
  bytes_free(&folder);
}

int landlock_enforce(landlock *l) {
  if (!l->error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) l->error = errno;
  if (!l->error && syscall(RESTRICT_SELF, l->rules, 0) != 0) l->error = errno;
  if (l->rules >= 0) close(l->rules);
  l->rules = -1;
  return l->error;
}
