#include "airbyte/terminal.h"

#include "airbyte/console.h"
#include "base/clock.h"
#include "base/printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME 15 /* columns of a stream's name, at least */

typedef struct row {
  const sink_stream *stream;
  int64_t began, ended; /* ticks */
  bool complete;
  bytes next; /* the cursor of its last state */
  struct row *after;
} row;

struct terminal {
  sink_watcher base;
  sink *source;
  bool table;
  row *rows;
};

/* Finds the stream's row, or adds one behind the others. NULL: memory is short, and the table lacks the stream. */
static row *row_of(terminal *t, const sink_stream *s) {
  row **at = &t->rows;
  while (*at && (*at)->stream != s) at = &(*at)->after;
  if (!*at && (*at = calloc(1, sizeof **at))) **at = (row){.stream = s, .began = clock_ticks()};
  return *at;
}

/* ---- what it sees */

static void log_seen(sink_watcher *w, const char *level, const char *message, size_t length) {
  (void)w;
  if (strcmp(level, "WARN") != 0 && strcmp(level, "ERROR") != 0 && strcmp(level, "FATAL") != 0) return;
  console_print(level, message, length);
}

/* Several streams are read at once, so a message that does not quote its stream gets its name. */
static void error_seen(sink_watcher *w, const sink_stream *s, const char *message) {
  (void)w;
  bytes name = {0}, text = {0};
  bool ok = !s || (bytes_printf(&name, "'%s'", s->name) &&
                   (strstr(message, name.data) || bytes_printf(&text, "stream %s: ", s->name)));
  ok = ok && bytes_text(&text, message);
  if (ok) console_print("ERROR", text.data, text.length);
  bytes_free(&name);
  bytes_free(&text);
}

static void status_seen(sink_watcher *w, const sink_stream *s, const char *status) {
  row *r = row_of((terminal *)w, s);
  if (!r || strcmp(status, "STARTED") == 0 || strcmp(status, "RUNNING") == 0) return;
  r->ended = clock_ticks();
  r->complete = strcmp(status, "COMPLETE") == 0;
}

static void state_seen(sink_watcher *w, const sink_stream *s, const char *json, size_t length) {
  row *r = row_of((terminal *)w, s);
  if (!r) return;
  bytes_clear(&r->next);
  sink_state_cursor(json, length, &r->next);
}

static void connection_seen(sink_watcher *w, bool succeeded, const char *message) {
  (void)w;
  if (message) console_print(succeeded ? "WARN" : "ERROR", message, strlen(message));
}

/* ---- the table */

static int name_width(const terminal *t) {
  size_t width = NAME;
  for (const row *r = t->rows; r; r = r->after)
    if (strlen(r->stream->name) > width) width = strlen(r->stream->name);
  return (int)width;
}

static void print_row(const row *r, int width) {
  int64_t ended = r->ended ? r->ended : clock_ticks();
  bytes next = {0}, name = {0};
  printable_append(&next, r->next.data ? r->next.data : "", r->next.length, false);
  printable_append(&name, r->stream->name, strlen(r->stream->name), false);
  fprintf(stderr, "%-*s %9" PRIu64 " %12" PRIu64 " %8.1f s   %s%s\n", width, name.data ? name.data : "",
          r->stream->records, r->stream->record_bytes, (double)(ended - r->began) / 1000,
          next.length   ? next.data
          : r->complete ? "(read in full)"
                        : "(its top)",
          r->complete ? "" : "   not read to its end");
  bytes_free(&next);
  bytes_free(&name);
}

static void print_table(const terminal *t) {
  int width = name_width(t);
  if (!t->rows) return;
  console_clear();
  fprintf(stderr, "%-*s %9s %12s %10s   %s\n", width, "stream", "records", "bytes", "time", "next from");
  for (const row *r = t->rows; r; r = r->after) print_row(r, width);
}

/* ---- its life */

terminal *terminal_new(sink *source, bool table) {
  static const sink_watcher calls = {.log = log_seen,
                                     .error = error_seen,
                                     .status = status_seen,
                                     .state = state_seen,
                                     .connection_status = connection_seen};
  if (!isatty(STDERR_FILENO) || isatty(STDOUT_FILENO)) return NULL;
  terminal *t = calloc(1, sizeof *t);
  if (!t) return NULL;
  t->base = calls;
  t->source = source;
  t->table = table;
  sink_watch(source, &t->base);
  return t;
}

void terminal_free(terminal *t) {
  if (!t) return;
  sink_watch(t->source, NULL);
  if (t->table) print_table(t);
  while (t->rows) {
    row *r = t->rows;
    t->rows = r->after;
    bytes_free(&r->next);
    free(r);
  }
  free(t);
}
