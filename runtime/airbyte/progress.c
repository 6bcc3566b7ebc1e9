#include "airbyte/progress.h"

#include "base/clock.h"
#include "base/plural.h"
#include "base/printable.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INTERVAL 200 /* ms */
#define WIDTH 400

struct progress {
  const sink *source;
  int64_t began, drawn;
  int64_t waiting_until;
  char waiting[80];
};

progress *progress_new(const sink *source) {
  if (!isatty(STDERR_FILENO)) return NULL;
  progress *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->source = source;
  p->began = clock_ticks();
  return p;
}

void progress_follow(progress *p, const sink *source) {
  if (!p) return;
  p->source = source;
  fputs("\r\033[K", stderr);
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

/* Text that does not fit is cut: a line that wraps could not be drawn over. */
__attribute__((format(printf, 2, 3))) static void add(char *line, const char *format, ...) {
  va_list arguments;
  size_t used = strlen(line);
  va_start(arguments, format);
  vsnprintf(line + used, WIDTH - used, format, arguments);
  va_end(arguments);
}

static int terminal_width(void) {
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && size.ws_col < WIDTH ? size.ws_col : 80;
}

static void draw(const progress *p, int64_t now, uint64_t received) {
  char line[WIDTH] = "";
  uint64_t records = 0;
  for (const sink_stream *s = p->source->streams; s; s = s->next) records += s->records;
  double seconds = (double)(now - p->began) / 1000;
  add(line, "%" PRIu64 " %s, %.0f a second, %.1f MiB received", records, plural(records, "record", "records"),
      seconds > 0 ? (double)records / seconds : 0, mebibytes(received));
  if (p->waiting_until > now) add(line, " | %s, %.0f s more", p->waiting, (double)(p->waiting_until - now) / 1000);
  for (const sink_stream *s = p->source->streams; s; s = s->next)
    if (s->records) add(line, " | %s %" PRIu64 " (%.1f MiB)", s->name, s->records, mebibytes(s->record_bytes));
  fputs("\r\033[K", stderr);
  printable_print(stderr, line, strnlen(line, (size_t)terminal_width() - 1));
}

void progress_show(progress *p, uint64_t received) {
  if (!p) return;
  int64_t now = clock_ticks();
  if (now - p->drawn < INTERVAL) return;
  p->drawn = now;
  draw(p, now, received);
}

void progress_free(progress *p) {
  if (p) fputs("\r\033[K", stderr);
  free(p);
}
