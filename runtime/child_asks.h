/* The requests of a child: checked against what is granted, made here, and answered. */
#ifndef PERIGEE_CHILD_ASKS_H
#define PERIGEE_CHILD_ASKS_H

#include "child.h"
#include "keyset.h"

typedef struct child_ask child_ask;

typedef struct child_asks {
  const child_world *world;
  const child_job *job;
  watch *channel; /* which is to mind that it can be written */
  grants grants;
  bool granted, asked;
  keyset endpoints; /* that it named */
  child_ask *list;
  size_t count;
  bytes out;
  size_t sent; /* of out */
} child_asks;

/* Takes the job's grants over. */
void child_asks_begin(child_asks *a, const child_world *world, const child_job *job, watch *channel);

/* Deals with a frame; it points into memory that need not stay. False: it is none that a child may send. */
bool child_asks_take(child_asks *a, frame_reader *f);

/* Writes what waits, without blocking. */
void child_asks_send(child_asks *a, int descriptor);

/* Ends all exchanges; may be called again. */
void child_asks_free(child_asks *a);

#endif
