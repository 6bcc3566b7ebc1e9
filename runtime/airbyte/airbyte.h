/* A sink that writes the lines of the Airbyte protocol (0.18): whole, in order, through one buffer. */
#ifndef PERIGEE_AIRBYTE_H
#define PERIGEE_AIRBYTE_H

#include "airbyte/sink.h"
#include "base/timeline.h"

/* Lines go to a descriptor, which stays the caller's. `store`, and `time` by which lines are dated, outlive it. NULL:
 * memory is short. */
sink *airbyte_new(int descriptor, const secrets *store, const timeline *time);

/* The same, from a child to its parent (relay.h): summaries and observations go along as data. */
sink *airbyte_new_to_parent(int descriptor, const secrets *store, const timeline *time);

#endif
