/*
 * What each verb's process may still do, and how it gives up the rest: one table, and the files that the command line
 * names. The kernel holds it: system calls by a filter (seccomp), files and TCP by Landlock.
 */
#ifndef PERIGEE_PERMISSIONS_H
#define PERIGEE_PERMISSIONS_H

#include "base/bytes.h"
#include "cli/options.h"
#include "cli/paths.h"

#include <stdbool.h>

typedef enum permissions_moment {
  PERMISSIONS_AT_START, /* before a verb runs */
  PERMISSIONS_ON_WAIT   /* before it waits for the first time: it has read what it was told to, and has heard nobody */
} permissions_moment;

/* A file and a folder of certificates besides the system's; NULL: none. */
typedef struct permissions_trust {
  const char *file, *folder;
} permissions_trust;

/*
 * Gives up what is due at this moment. Appends to `told` what was, and what the kernel or a container does not let it
 * give up, in words for a log: nothing where nothing was due. A process without a verb gives up nothing.
 */
void permissions_give_up(const options *o, const paths *p, permissions_moment now, permissions_trust trust,
                         bytes *told);

#endif
