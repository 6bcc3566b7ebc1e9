/*
 * In the parent: the requests of one child. Each is checked against the hosts that are granted, paced and made here,
 * and its response sent back.
 */
#ifndef PERIGEE_CHILD_REQUESTS_H
#define PERIGEE_CHILD_REQUESTS_H

#include "child/in_parent/child_answers.h"

/* Takes the job's hosts over. */
void child_requests_begin(child_requests *of, const child_world *world, const child_job *job, watch *channel);

/* The same for another job of this child, with nothing left of the one before but bytes that are half sent. */
void child_requests_next(child_requests *of, allowed_hosts *allowed);

/* Deals with a message; it points into memory that need not stay. False: it is none that a child may send. */
bool child_requests_take(child_requests *of, message_reader *m);

/* Ends all exchanges; may be called again. */
void child_requests_free(child_requests *of);

#endif
