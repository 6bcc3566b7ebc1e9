/*
 * Landlock, by which a process gives up files and TCP for good: what was not allowed before it is enforced can be
 * neither opened nor made. What is open stays so, and names can be looked up everywhere.
 */
#ifndef PERIGEE_LANDLOCK_H
#define PERIGEE_LANDLOCK_H

#include <stdint.h>

#define LANDLOCK_NEWEST 7 /* the version that is known here; a newer kernel's is used as this one */

/* For a file, or for all files and folders below a folder. */
enum landlock_access {
  LANDLOCK_READ = 1,
  LANDLOCK_WRITE = 2,   /* in a folder: make and remove files, too */
  LANDLOCK_FOLDERS = 4, /* make and remove folders in it */
  LANDLOCK_EXECUTE = 8  /* run programs, which may control devices */
};

/* What is still possible besides. */
enum landlock_scope {
  LANDLOCK_CONNECTS = 1, /* by TCP; version 4 */
  LANDLOCK_ABSTRACT = 2, /* connect to abstract Unix sockets of other programs; version 6 */
  LANDLOCK_SIGNALS = 4,  /* to processes that are not made later, children that there are among them; version 6 */
  LANDLOCK_ANY_FILE = 8  /* all files */
};

typedef struct landlock {
  int rules;      /* a descriptor, or -1 */
  int version;    /* 0: the kernel has none */
  uint64_t files; /* the kinds of access that are given up */
  int error;      /* an errno: why nothing can be enforced; 0: it can */
} landlock;

/* Begins rules that allow nothing of a file, and no listening by TCP. Calls for them may follow in any case. */
void landlock_begin(landlock *l, unsigned scopes);

/* Allows access to what stands at the path; links are followed. What is not there, or not ours, is passed over. */
void landlock_allow(landlock *l, const char *path, unsigned access);

/* The same for the folder that holds what the path names, which need not be there; slashes at its end do not count. */
void landlock_allow_around(landlock *l, const char *path, unsigned access);

/* Puts the rules on this thread, and all threads and processes that it makes, and ends them. 0, or an errno. */
int landlock_enforce(landlock *l);

#endif
