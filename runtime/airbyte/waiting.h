/* A wait, reported wherever somebody looks: to a person as progress, and that for a rate limit to the platform as a
 * status. */
#ifndef PERIGEE_WAITING_H
#define PERIGEE_WAITING_H

#include "airbyte/progress.h"
#include "airbyte/sink.h"
#include "base/timeline.h"

/* It takes `left` more ms of `time`. The platform takes the silence for no fault then. `s` and `p` may be NULL. */
void waiting_report(sink_stream *s, progress *p, const timeline *time, int64_t left);

/* It waits `left` more ms for another reason, such as a server that is away. */
void waiting_show(const sink_stream *s, progress *p, const timeline *time, const char *why, int64_t left);

#endif
