#include "airbyte/waiting.h"

void waiting_report(sink_stream *s, progress *p, const timeline *time, int64_t left) {
  progress_waiting(p, "waiting for a rate limit", timeline_ticks(time) + left);
  if (s) sink_rate_limited(s, timeline_now(time) / 1000 + left);
}
