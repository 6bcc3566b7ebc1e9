/* The system calls that a process which reads, writes and asks servers never needs, refused for good. */
#ifndef PERIGEE_REFUSED_CALLS_H
#define PERIGEE_REFUSED_CALLS_H

#include <stdbool.h>

enum refused_calls_scope {
  REFUSED_CALLS_EXECUTES = 1, /* other programs may be run */
  REFUSED_CALLS_CONNECTS = 2  /* sockets may be made */
};

/* They fail with EPERM from now on. Returns 0, or an errno: none is refused. */
int refused_calls_install(unsigned scopes);

#endif
