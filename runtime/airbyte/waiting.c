#include "airbyte/waiting.h"

void waiting_show(const sink_stream *s, progress *p, const timeline *time, const char *why, int64_t left) {
  progress_waiting(p, s, why, timeline_ticks(time) + left);
}

void waiting_report(sink_stream *s, progress *p, const timeline *time, int64_t left) {
  waiting_show(s, p, time, "a rate limit is used up", left);
  if (s) sink_rate_limited(s, timeline_now(time) / 1000 + left);
}
