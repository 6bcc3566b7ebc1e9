/* What a child process is started for, and what of the parent it makes use of. */
#ifndef PERIGEE_CHILD_JOB_H
#define PERIGEE_CHILD_JOB_H

#include "airbyte/progress.h"
#include "airbyte/sink.h"
#include "auth/logins.h"
#include "base/timeline.h"
#include "base/watch.h"
#include "child/in_parent/fork_server.h"
#include "child/message.h"
#include "http/allowed_hosts.h"
#include "http/http.h"
#include "pacing/scheduler.h"

/* The parent's services; all outlive the child. */
typedef struct child_world {
  fork_server *forks; /* NULL: there are no children */
  http *http;
  scheduler *scheduler;
  logins *logins;
  const secrets *secrets;
  sink *sink; /* where its log lines go, when it has no stream */
  progress *progress;
  timeline *time;
  watch **watches;
} child_world;

typedef struct child_job {
  sink_stream *stream;    /* the only one whose lines it may write; NULL: none */
  allowed_hosts *allowed; /* where its requests may go; taken over (and emptied) */
  bool may_grant;         /* its script may name further hosts itself */
  int64_t time;           /* ms */
  size_t memory;
  bool keeps;             /* its process waits for child_next, unless the job spoils it */
  const bytes *beginning; /* what its process is told first, a whole MESSAGE_BEGIN; read by child_start alone */
  /* Reads a file that it asks for (MESSAGE_FILE), and writes the answer's fields. False: it may not have it. */
  bool (*read_file)(void *owner, message_reader *wanted, message_writer *answer);
  void (*on_end)(void *owner); /* called once for each job, from the loop, unless the child is freed before */
  void *owner;
} child_job;

#endif
