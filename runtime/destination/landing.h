/* The sink whose records and states go to a destination; what is logged goes on to another sink. */
#ifndef PERIGEE_LANDING_H
#define PERIGEE_LANDING_H

#include "airbyte/sink.h"
#include "destination/destination.h"

/* Owns the destination, which sink_free closes. `logs` outlives it. NULL: memory is short, and `to` is the caller's. */
sink *landing_new(destination *to, sink *logs, const secrets *store, bool verbose);

/* Has a stream's records go to this table from now on. */
void landing_attach(sink_stream *s, destination_table *t);
destination_table *landing_table(const sink_stream *s);

/* Commits what is old enough to be seen by others. Returns in how many ms there is more to commit; INT64_MAX: there is
 * nothing. */
int64_t landing_step(sink *to);

/* Closes the destination: keeps what is complete. Nothing is taken any more. Returns NULL, or why it failed. */
const char *landing_close(sink *to);
destination *landing_destination(const sink *to);

#endif
