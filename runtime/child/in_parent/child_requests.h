/*
 * In the parent: the requests of one child. Each is checked against the hosts that are granted, paced and made here,
 * and its response sent back.
 */
#ifndef PERIGEE_CHILD_REQUESTS_H
#define PERIGEE_CHILD_REQUESTS_H

#include "child/in_parent/child_job.h"
#include "child/in_parent/request_rules.h"
#include "child/message.h"

typedef struct child_request child_request;

typedef struct child_requests {
  const child_world *world;
  const child_job *job;
  watch *channel; /* which is to mind that it can be written */
  allowed_hosts allowed;
  bool has_granted, has_allowed, has_requested;
  named_endpoints endpoints;
  child_request *list;
  size_t count;
  bytes out;
  size_t sent;   /* of out */
  size_t asked;  /* bytes of out that it waits for: files and digests */
  uint64_t told; /* the last secret that came while we ran, and was told to the child (secrets_learned) */
} child_requests;

/* Takes the job's hosts over. */
void child_requests_begin(child_requests *of, const child_world *world, const child_job *job, watch *channel);

/* Writes, for later, what a child is told first, and then the secrets that it is to mask. False: memory is short. */
bool child_requests_tell(child_requests *of, const bytes *beginning);

/* The same as child_requests_begin for another job of this child, with nothing left of the one before but bytes that
 * are half sent. */
void child_requests_next(child_requests *of, allowed_hosts *allowed);

/* Deals with a message; it points into memory that need not stay. False: it is none that a child may send. */
bool child_requests_take(child_requests *of, message_reader *m);

/* Writes what waits, without blocking. */
void child_requests_send(child_requests *of, int descriptor);

/* Ends all exchanges; may be called again. */
void child_requests_free(child_requests *of);

#endif
