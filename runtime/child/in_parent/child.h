/*
 * In the parent: a child process for a user's own stream, from its fork to its end. Its requests are made here, where
 * tokens, limits and recordings are (child_requests.h); its lines are passed on only as whole messages of its stream
 * (airbyte/relay.h). What the process does itself is in child/in_child.
 */
#ifndef PERIGEE_CHILD_H
#define PERIGEE_CHILD_H

#include "child/in_parent/child_job.h"
#include "child/message.h"

typedef struct child child;

/* ms of processor time without a wait: what the options say (0: the default), and at most `seconds` (0: no matter). */
int64_t child_time(int64_t option, double seconds);

/* Bytes beyond those of the process when it is forked: what the options say (0: the default). */
size_t child_memory(int64_t option);

/* What a job is given (MESSAGE_JOB). */
typedef struct child_texts {
  const char *script, *beside; /* NULL: beside none */
  const char *text;
  size_t length; /* of text */
} child_texts;

/* Forks it; the structs are copied. NULL: `wrong` (static text) says why. */
child *child_start(const child_world *world, const child_job *job, const child_texts *texts, const char **wrong);

/*
 * After on_end: has a process that waits (child_job's `keeps`) do another job, with hosts, limits and a count of log
 * lines of its own; `run` and `user` are not called again. False: it does not wait, or has other limits of time and
 * memory; the job is as it was.
 */
bool child_next(child *c, const child_job *job, const child_texts *texts);

/* After on_end: why it ended badly, for people; or NULL, and `results` reads what it sent (MESSAGE_RESULT). */
const char *child_failure(const child *c, message_reader *results);

/* Ends it where it is, and waits for that. NULL is allowed. */
void child_free(child *c);

#endif
