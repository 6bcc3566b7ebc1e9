/*
 * In the parent: what one child gets to hear. No secret is in it: where a server repeats one, its stand-in takes its
 * place (secrets/stand_ins.h), and is told to the child before, which masks it as it would the secret.
 */
#ifndef PERIGEE_CHILD_ANSWERS_H
#define PERIGEE_CHILD_ANSWERS_H

#include "child/in_parent/child_job.h"
#include "child/in_parent/relayed_body.h"
#include "child/in_parent/request_rules.h"
#include "child/message.h"
#include "secrets/stand_ins.h"

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
  size_t sent;             /* of out */
  size_t asked;            /* bytes of out that it waits for: files and digests */
  size_t ending;           /* of the list: all came, and the child is taking it */
  stand_ins *stand_ins;    /* in place of secrets, in what the child gets */
  bool has_stand_ins;      /* it was told these */
  bool may_have_stand_ins; /* it was told any: its records may hold them */
  uint64_t told;           /* the last secret that came while we ran, and was told to the child (secrets_learned) */
} child_requests;

struct child_request {
  child_requests *of;
  int64_t id;
  http_exchange *x;
  size_t untaken;     /* bytes of parts that were sent */
  relayed_body *body; /* of a streamed one, once some of it came */
  bool ending;        /* all of that came, and waits for the child to take it */
  struct child_request *next;
};

/* Writes what waits, without blocking. */
void child_answers_send(child_requests *of, int descriptor);

/* Writes, for later, what a child is told first. False: memory is short. */
bool child_answers_begin(child_requests *of, const bytes *beginning);

void child_answers_headers(child_request *one); /* its headers came */
void child_answers_part(child_request *one);    /* more of a streamed body came, or can be taken */
void child_answers_end(child_request *one);     /* its exchange has ended, and is dropped as soon as all is sent */
void child_answers_refuse(child_requests *of, int64_t id, const bytes *url, const char *message);

/* Ends and frees it. */
void child_answers_drop(child_request *one);

#endif
