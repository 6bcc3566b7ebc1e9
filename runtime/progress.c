#include "progress.h"

#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INTERVAL 200 /* ms */
#define WIDTH 200

struct progress {
  const airbyte *source;
  int64_t began, drawn;
  int64_t waiting_until;
  char waiting[80];
};

progress *progress_new(const airbyte *source) {
  if (!isatty(STDERR_FILENO)) return NULL;
  progress *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->source = source;
  p->began = clock_ticks();
  return p;
}

int64_t progress_interval(const progress *p) {
  return p ? INTERVAL : 0;
}

void progress_waiting(progress *p, const char *what, int64_t until) {
  if (!p) return;
  snprintf(p->waiting, sizeof p->waiting, "%s", what);
  p->waiting_until = until;
}

static double mebibytes(uint64_t size) {
  return (double)size / (1 << 20);
}

/* The streams that have begun, newest first, as many as fit in a line. */
static int draw_streams(const progress *p, char *line, int size, uint64_t *records) {
  int n = 0;
  for (const airbyte_stream *s = airbyte_streams(p->source); s; s = s->next) {
    *records += s->records;
    if (!s->records || n >= size - 60) continue;
    int more = snprintf(line + n, (size_t)(size - n), "%.*s %" PRIu64 " (%.1f MiB)  ", 30, s->name.data, s->records,
                        mebibytes(s->record_bytes));
    if (more > 0) n += more;
  }
  return n < size ? n : size - 1;
}

void progress_show(progress *p, uint64_t received) {
  if (!p) return;
  int64_t now = clock_ticks();
  if (now - p->drawn < INTERVAL) return;
  p->drawn = now;
  char line[WIDTH] = "";
  uint64_t records = 0;
  int n = draw_streams(p, line, WIDTH, &records);
  double seconds = (double)(now - p->began) / 1000;
  snprintf(line + n, (size_t)(WIDTH - n), "| %.0f records/s, %.1f MiB received",
           seconds > 0 ? (double)records / seconds : 0, mebibytes(received));
  fprintf(stderr, "\r\033[K%s", line);
  if (p->waiting_until > now)
    fprintf(stderr, " | %s, %.0f s more", p->waiting, (double)(p->waiting_until - now) / 1000);
}

void progress_free(progress *p) {
  if (p) fputs("\r\033[K", stderr);
  free(p);
}
