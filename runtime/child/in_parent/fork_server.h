/*
 * A process that is forked at the very start, before any secret was read, and from which all children are: nothing that
 * came later, such as a token in a library's freed memory, is in theirs. It runs no script and hears its parent alone.
 */
#ifndef PERIGEE_FORK_SERVER_H
#define PERIGEE_FORK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct fork_server fork_server;

/* What runs in its processes. `user` outlives it. */
typedef struct fork_server_work {
  void (*begin)(void *user);                       /* in the server, once */
  void (*before)(void *user);                      /* in the server, before it forks a child; may be called often */
  void (*run)(int channel, int lines, void *user); /* in a child, which ends when this returns */
  void *user;
} fork_server_work;

/* NULL: memory, processes or descriptors are short; there will be no children. */
fork_server *fork_server_start(const fork_server_work *work);

/* Forks a child with these two descriptors, which stay open here, confined by these limits (in_child/confine.h). 0: it
 * could not. */
pid_t fork_server_child(fork_server *s, const int descriptors[2], int64_t time, size_t memory);

/* Kills it, unless it has ended, and waits for its end: its status (wait(2)); as if it was killed, where the server is
 * gone, which takes its children along. */
int fork_server_end(fork_server *s, pid_t child);

/* Ends it, and waits for that. NULL is allowed. */
void fork_server_stop(fork_server *s);

#endif
