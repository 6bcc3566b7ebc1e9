/*
 * In the child process of a user's own stream: what it does after the fork. It has a runtime, a host and a loop of its
 * own; what it is to do, its parent says.
 */
#ifndef PERIGEE_CHILD_MAIN_H
#define PERIGEE_CHILD_MAIN_H

#include "child/in_parent/fork_server.h"
#include "lua/runtime.h"

/* What all children have of the process that they come from. */
typedef struct child_home {
  const options *options;
  const paths *paths;
  int (*open)(lua_State *L); /* gives a new state its libraries; it may raise */
} child_home;

/*
 * What a fork server's processes do, given a child_home: the server lets go of the environment, and reads what a child
 * could not. A child runs the script of its job, sends its lines to one descriptor and its results to the other, and so
 * with each further job, in a fresh Lua state. It ends when all is sent, or memory is short. After a script that
 * raised, ran for too long or left something behind, there is no further one.
 */
fork_server_work child_main_work(child_home *home);

/* How a child is to be. */
typedef struct child_terms {
  const sink_stream *stream; /* whose lines it writes; NULL: no stream's */
  size_t memory;             /* bytes that its Lua state may use */
  int64_t time;              /* ms that it may run without waiting */
  bool keeps;                /* the process waits for another job, unless this one leaves something behind */
} child_terms;

/* Appends the message that a child is told first (MESSAGE_BEGIN); our scripts, as far as they were compiled here, are
 * in it. False: memory is short. */
bool child_main_beginning(const runtime *r, const child_terms *terms, bytes *out);

#endif
