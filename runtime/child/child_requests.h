/* The requests of a child: checked against what is granted, made here, and answered. */
#ifndef PERIGEE_CHILD_REQUESTS_H
#define PERIGEE_CHILD_REQUESTS_H

#include "child/child.h"
#include "page/keyset.h"

typedef struct child_request child_request;

typedef struct child_requests {
  const child_world *world;
  const child_job *job;
  watch *channel; /* which is to mind that it can be written */
  allowed_hosts allowed;
  bool granted, asked;
  keyset endpoints; /* that it named */
  child_request *list;
  size_t count;
  bytes out;
  size_t sent; /* of out */
} child_requests;

/* Takes the job's hosts over. */
void child_requests_begin(child_requests *a, const child_world *world, const child_job *job, watch *channel);

/* Deals with a frame; it points into memory that need not stay. False: it is none that a child may send. */
bool child_requests_take(child_requests *a, message_reader *f);

/* Writes what waits, without blocking. */
void child_requests_send(child_requests *a, int descriptor);

/* Ends all exchanges; may be called again. */
void child_requests_free(child_requests *a);

#endif
