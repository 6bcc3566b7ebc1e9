/*
 * A child process for a user's own stream: forked, limited, and heard. Its requests are made here, where tokens, limits
 * and recordings are; its lines are passed on only when they are whole messages of its stream (airbyte/relay.h).
 */
#ifndef PERIGEE_CHILD_H
#define PERIGEE_CHILD_H

#include "airbyte/progress.h"
#include "airbyte/sink.h"
#include "base/timeline.h"
#include "base/watch.h"
#include "child/message.h"
#include "http/allowed_hosts.h"
#include "http/http.h"
#include "pacing/scheduler.h"

typedef struct child child;

/* ms of processor time without a wait: what the options say (0: the default), and at most `seconds` (0: no matter). */
int64_t child_time(int64_t option, double seconds);

/* Bytes beyond those of the process when it is forked: what the options say (0: the default). */
size_t child_memory(int64_t option);

/* What it works with; all of it outlives the child. */
typedef struct child_world {
  http *http;
  scheduler *scheduler;
  sink *sink; /* where its log lines go, when it has no stream */
  progress *progress;
  timeline *time;
  watch **watches;
} child_world;

typedef struct child_job {
  sink_stream *stream;    /* the only one whose lines it may write; NULL: none */
  allowed_hosts *allowed; /* what it may ask; taken over (and emptied) */
  bool may_grant;         /* its script may name further hosts itself */
  int64_t time;           /* ms */
  size_t memory;
  void (*run)(int channel, int lines, void *user); /* in the child, which ends when this returns */
  void *user;
  void (*on_end)(void *owner); /* called once, from the loop, unless the child is freed before */
  void *owner;
} child_job;

/* NULL: `wrong` (static text) says why. */
child *child_start(const child_world *world, const child_job *job, const char **wrong);

/* After on_end: why it ended badly, for people; or NULL, and `results` reads what it sent (MESSAGE_RESULT). */
const char *child_failure(const child *c, message_reader *results);

/* Ends it where it is. NULL is allowed. */
void child_free(child *c);

/* child_limits.c: what a process becomes after the fork. Keeps these two descriptors alone, under other numbers. */
void child_close_rest(int *channel, int *lines);

/* Limits for what follows; `time` is minded by signals_limit. */
void child_limit(size_t memory);

#endif
