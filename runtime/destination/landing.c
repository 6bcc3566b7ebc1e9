#include "destination/landing.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct landing {
  sink base;
  destination *to; /* NULL: closed */
  sink *logs;
  bool verbose; /* lines at INFO, and tracebacks, are passed on */
} landing;

static landing *of(const sink *to) {
  return (landing *)to;
}

/* What the database said last is why. */
static void check(sink *to, bool ok) {
  if (!ok) sink_fail_saying(to, EIO, of(to)->to->failure.length ? of(to)->to->failure.data : "memory is short");
}

/* The same where it may be the table of this stream alone whose rows are refused. */
static void check_stream(sink_stream *s, bool ok) {
  const destination_table *t = landing_table(s);
  check(s->to, ok || (t->refusal.length && !of(s->to)->to->failure.length));
  if (t->refusal.length) sink_stream_fail(s, t->refusal.data);
}

/* ---- messages for people */

/* Lines at INFO tell of each request and of each stream's end, which the summary does. */
static void log_line(sink *to, const char *level, const char *message, size_t length) {
  bool quiet = strcmp(level, "INFO") == 0 || strcmp(level, "DEBUG") == 0 || strcmp(level, "TRACE") == 0;
  if (quiet && !of(to)->verbose) return;
  sink_log(of(to)->logs, level, message, length);
}

static void error(sink *to, const sink_stream *s, const char *failure_type, const char *message, const char *internal) {
  bytes text = {0};
  destination_table *t = s && of(to)->to ? landing_table(s) : NULL;
  if (t && t->refusal.length) message = t->refusal.data, internal = NULL; /* whatever a script has made of it */
  if (t && !t->message.length) bytes_text(&t->message, message);
  bool named = s && bytes_printf(&text, "%s: %s", s->name, message);
  sink_error(of(to)->logs, NULL, failure_type, named ? text.data : message, of(to)->verbose ? internal : NULL);
  bytes_free(&text);
}

/* ---- records and states */

static void records(sink_stream *s, const sink_records *rows) {
  destination_table *t = landing_table(s);
  if (of(s->to)->to) check_stream(s, !t->refusal.length && t->to->calls->records(t, rows));
}

static void state(sink_stream *s, const char *json, size_t length) {
  destination_table *t = landing_table(s);
  if (!of(s->to)->to) return;
  bytes_clear(&t->cursor);
  check_stream(s, !t->refusal.length && sink_state_cursor(json, length, &t->cursor) &&
                      t->to->calls->state(t, json, length));
}

static void summary(sink_stream *s, const sink_summary *read) {
  destination_table *t = landing_table(s);
  if (!of(s->to)->to) return;
  t->summary = *read;
  t->summary.ended = NULL;
}

static void status(sink_stream *s, const char *word) {
  destination_table *t = landing_table(s);
  bool whole = strcmp(word, "COMPLETE") == 0;
  if (of(s->to)->to && (whole || strcmp(word, "INCOMPLETE") == 0)) check_stream(s, t->to->calls->end(t, whole));
}

/* ---- its life */

static void flush_all(sink *to) {
  destination *d = of(to)->to;
  if (d && !sink_broken(to)) check(to, d->calls->flush(d));
}

int64_t landing_step(sink *to) {
  const destination *d = of(to)->to;
  int64_t now = clock_ticks();
  if (d && d->since && now - d->since >= DESTINATION_SECOND) flush_all(to);
  return d && d->since && !sink_broken(to) ? d->since + DESTINATION_SECOND - now : INT64_MAX;
}

/* A state alone is no reason to commit: what is kept is the same, and pages that change again and again are written
 * once. */
static void flush(sink *to) {
  if (of(to)->to && !of(to)->to->since)
    flush_all(to);
  else
    landing_step(to);
}

const char *landing_close(sink *to) {
  landing *l = of(to);
  if (l->to) {
    flush_all(to);
    for (sink_stream *s = to->streams; s; s = s->next) s->watch = NULL, s->ledger = NULL; /* its table is no more */
    l->to->calls->close(l->to);
    l->to = NULL;
    if (!sink_broken(to))
      sink_fail_saying(to, ECANCELED, "the destination is closed");
    else
      return sink_failure(to);
  }
  return NULL;
}

static void release(sink *to) {
  if (of(to)->to) of(to)->to->calls->close(of(to)->to);
  free(to);
}

void landing_attach(sink_stream *s, destination_table *t) {
  s->own = t;
  s->watch = &t->watch;
  s->ledger = t->to->ledger;
}

destination_table *landing_table(const sink_stream *s) {
  return s->own;
}

destination *landing_destination(const sink *to) {
  return of(to)->to;
}

sink *landing_new(destination *to, sink *logs, const secrets *store, bool verbose) {
  static const sink_calls calls = {.log = log_line,
                                   .error = error,
                                   .status = status,
                                   .records = records,
                                   .state = state,
                                   .summary = summary,
                                   .flush = flush,
                                   .free = release};
  landing *l = calloc(1, sizeof *l);
  if (!l) return NULL;
  sink_begin(&l->base, &calls, store);
  l->to = to;
  l->logs = to->logs = logs;
  l->verbose = verbose;
  return &l->base;
}
