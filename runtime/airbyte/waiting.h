/* A wait for a rate limit, reported wherever somebody looks: to the platform as a status, to a person as progress. */
#ifndef PERIGEE_WAITING_H
#define PERIGEE_WAITING_H

#include "airbyte/progress.h"
#include "airbyte/sink.h"
#include "base/timeline.h"

/* It takes `left` more ms of `time`. The platform takes the silence for no fault then. `s` and `p` may be NULL. */
void waiting_report(sink_stream *s, progress *p, const timeline *time, int64_t left);

#endif
