/*
 * In the child process of a user's own stream: what it does after the fork. It has a runtime, a host and a loop of its
 * own; all that was the parent's stays untouched.
 */
#ifndef PERIGEE_CHILD_MAIN_H
#define PERIGEE_CHILD_MAIN_H

#include "lua/runtime.h"

/* The script to run, and with what. All belongs to the parent's call and is copied by the fork. */
typedef struct child_work {
  const runtime *parent;
  const sink_stream *stream; /* the parent's; NULL: it writes no stream's lines */
  const char *beside;        /* the stream beside whose script it may read files; NULL: none */
  const char *script, *text; /* the script that is required, and the argument for the function that it returns */
  size_t length;             /* of text */
  size_t memory;             /* bytes that its Lua state may use */
  int64_t time;              /* ms that it may run without waiting */
  bool keeps;                /* the process waits for another job, unless this one leaves something behind */
} child_work;

/*
 * A child_job's `run` (child.h) with a child_work: runs the script, sends its lines to `lines` and its results to
 * `channel`, and so with each further job, in a fresh Lua state. Returns when all is sent, or memory is short. After a
 * script that raised, ran for too long or left something behind, there is no further one.
 */
void child_main(int channel, int lines, void *work);

#endif
