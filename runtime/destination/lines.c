#include "destination/lines.h"

#include "base/clock.h"
#include "base/files.h"
#include "destination/lines_file.h"
#include "ledger/ledger_sqlite.h"
#include "json/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS 30000 /* ms after which a state goes into the manifest, however little it covers */
#define LONGEST_LOG ((size_t)64 << 20)

lines *lines_of(destination *d) {
  return (lines *)d;
}

lines_table *lines_table_of(destination_table *t) {
  return (lines_table *)t;
}

bool lines_failed(lines *l, const char *what, int error) {
  const char *help = error == ENOSPC ? "; make room, and sync again: it goes on from what is kept" : "";
  return destination_fail(&l->base, "%s: %s cannot be written: %s%s", l->folder, what, strerror(error), help);
}

/* ---- streams */

static bool has(destination *d, const char *stream, bool *found) {
  *found = false;
  for (const manifest_entry *e = lines_of(d)->manifest.entries; e; e = e->next)
    *found = *found || strcmp(e->stream, stream) == 0;
  return true;
}

static bool places(destination *d, const char *stream, bool all, bytes *names) {
  (void)all;
  return manifest_places(&lines_of(d)->manifest, stream, names) || lines_failed(lines_of(d), "places", ENOMEM);
}

static bool move_places(lines *l, const destination_plan *plan) {
  const char *from = plan->former;
  if (!from || !*from) return true;
  for (; *from; from += strlen(from) + 1)
    if (strcmp(from, plan->place) != 0 && !manifest_move(&l->manifest, plan->stream, from, plan->place))
      return lines_failed(l, "manifest.json", ENOMEM);
  int error = manifest_write(&l->manifest, l->folder);
  return !error || lines_failed(l, "manifest.json", error);
}

/* An entry of files that were to replace others, from a run that was cut: only one that replaces, too, and is not begun
 * anew, goes on with them. The files go once the manifest does not name them. */
static bool forget_replacing(lines *l, const destination_plan *plan) {
  manifest_entry *e = manifest_find(&l->manifest, plan->stream, plan->place, true);
  if (!e || (plan->replaces && plan->resumes && e->state.length)) return true;
  manifest_remove(&l->manifest, e);
  int error = manifest_write(&l->manifest, l->folder);
  return !error || lines_failed(l, "manifest.json", error);
}

static bool find_entry(lines_table *t, const destination_plan *plan) {
  lines *l = lines_of(t->base.to);
  if (!move_places(l, plan) || !forget_replacing(l, plan)) return false;
  t->entry = manifest_find(&l->manifest, plan->stream, plan->place, plan->replaces);
  if (!t->entry) t->entry = manifest_add(&l->manifest, plan->stream, plan->place, plan->replaces);
  return t->entry && bytes_append(&t->base.state, t->entry->state.data, t->entry->state.length);
}

static destination_table *plan_stream(destination *d, const destination_plan *plan) {
  lines *l = lines_of(d);
  if (strchr(plan->stream, '/') || *plan->stream == '.') {
    destination_fail(d, "%s: a stream named '%s' can have no folder of its own", l->folder, plan->stream);
    destination_refuse(d, NULL);
    return NULL;
  }
  lines_table *t = calloc(1, sizeof *t);
  bool ok = t && destination_add(d, &t->base, plan);
  if (!t) return NULL;
  t->out.descriptor = -1;
  t->since = clock_ticks();
  clock_format(clock_now(), t->began);
  ok = ok && find_entry(t, plan);
  if (!ok) destination_short_of_memory(d, l->folder);
  return ok && lines_clear(t) ? &t->base : NULL;
}

/* ---- records and states */

static bool add(lines_table *t, const char *text, size_t length, json_entries known) {
  const left_out *out = &t->base.left_out;
  if (!known.is_marked || !left_out_occurs_in_record(out, text, length)) return lines_add(t, text, length);
  bytes_clear(&t->record);
  if (!left_out_record(out, text, length, &t->record)) return lines_failed(lines_of(t->base.to), "a record", ENOMEM);
  return lines_add(t, t->record.data, t->record.length);
}

static bool records(destination_table *table, const sink_records *of) {
  const char *text;
  size_t at = 0, length;
  while (sink_next(of, &at, &text, &length))
    if (!add(lines_table_of(table), text, length, sink_entries(of, at))) return false;
  return true;
}

/* Each manifest is written whole, and each file it names is of use by itself: so they are few. */
static bool state(destination_table *table, const char *json, size_t length) {
  lines_table *t = lines_table_of(table);
  bytes_clear(&t->state);
  if (!bytes_append(&t->state, json, length)) return lines_failed(lines_of(table->to), "a state", ENOMEM);
  if (!lines_keep(t)) return false;
  bool due = t->now.files > 0 || t->now.bytes >= DESTINATION_BATCH || clock_ticks() - t->since >= SECONDS;
  return !due || lines_commit(t, false);
}

/* ---- the end of a stream */

static bool log_run(lines_table *t, const char *result) {
  lines *l = lines_of(t->base.to);
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  const destination_counts *c = &t->base.counts;
  const int64_t *n = t->base.summary.counts;
  const char *message = t->base.message.data;
  bytes line = {0}, path = {0};
  bool ok =
      bytes_printf(&path, "%s/syncs.jsonl", l->folder) &&
      bytes_printf(&line, "{\"sync\":%" PRId64 ",\"stream\":", l->manifest.runs) &&
      json_quote(&line, t->base.stream, strlen(t->base.stream)) && bytes_text(&line, ",\"place\":") &&
      json_quote(&line, t->base.place, strlen(t->base.place)) &&
      bytes_printf(&line, ",\"began\":\"%s\",\"ended\":\"%s\",\"result\":\"%s\",\"message\":", t->began, now, result) &&
      (message ? json_quote(&line, message, strlen(message)) : bytes_text(&line, "null")) &&
      bytes_printf(&line,
                   ",\"new\":%" PRId64 ",\"updated\":0,\"unchanged\":0,\"removed\":%" PRId64 ",\"requests\":%" PRId64
                   ",\"received_bytes\":%" PRId64 ",\"retries\":%" PRId64 ",\"waits\":%" PRId64
                   ",\"waited_seconds\":%.3f}\n",
                   c->inserted, c->removed, n[SINK_REQUESTS], n[SINK_RECEIVED], n[SINK_RETRIES], n[SINK_WAITS],
                   (double)n[SINK_WAITED] / 1e6);
  int file = ok ? open(path.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
  int error = ok ? errno : ENOMEM;
  if (file >= 0) error = write(file, line.data, line.length) == (ssize_t)line.length ? 0 : errno ? errno : ENOSPC;
  if (file >= 0) close(file);
  bytes_free(&line);
  bytes_free(&path);
  return !error || lines_failed(l, "syncs.jsonl", error);
}

/* The files that came take the place of those that were there, which go once the manifest does not name them. */
static bool replace(lines_table *t) {
  lines *l = lines_of(t->base.to);
  manifest_entry *old = manifest_find(&l->manifest, t->base.stream, t->base.place, false);
  bytes files = {0};
  if (old) {
    files = old->files;
    old->files = (bytes){0};
    t->base.counts.removed = old->rows;
    manifest_remove(&l->manifest, old);
  }
  t->entry->is_replacing = false;
  if (!t->base.keeps_state) bytes_clear(&t->entry->state);
  int error = manifest_write(&l->manifest, l->folder);
  if (!error) lines_remove(l, &files);
  bytes_free(&files);
  return !error || lines_failed(l, "manifest.json", error);
}

static void free_buffers(lines_table *t) {
  bytes_free(&t->state);
  bytes_free(&t->record);
  bytes_free(&t->plain);
  bytes_free(&t->pressed);
  gzip_free(t->gzip);
  t->gzip = NULL;
}

static bool finish(lines_table *t, bool whole, const char *result) {
  if (t->base.has_ended) return true;
  if (!lines_commit(t, whole) || (whole && t->base.replaces && !replace(t))) return false;
  t->base.counts.total = t->entry->rows;
  if (!log_run(t, result)) return false;
  free_buffers(t);
  destination_table_end(&t->base);
  return true;
}

/* A stream that the end of the run comes upon: what is covered is kept, unless nothing can be kept any more. Of one for
 * whose names memory was short, nothing is told. */
static void interrupt(lines_table *t) {
  const bytes *failure = &t->base.to->failure;
  if (t->base.has_ended || !t->base.stream || !t->base.place) return;
  if (failure->length && !t->base.message.length) bytes_text(&t->base.message, failure->data);
  if (failure->length)
    log_run(t, "interrupted");
  else if (t->entry)
    finish(t, false, "interrupted");
}

static bool end(destination_table *table, bool whole) {
  return finish(lines_table_of(table), whole, whole ? "complete" : "incomplete");
}

static bool flush(destination *d) {
  (void)d;
  return true;
}

/* ---- its life */

static void close_folder(destination *d) {
  lines *l = lines_of(d);
  for (destination_table *t = d->tables; t; t = t->next) interrupt(lines_table_of(t));
  while (d->tables) {
    lines_table *t = lines_table_of(d->tables);
    d->tables = t->base.next;
    lines_drop(t);
    bytes_free(&t->files);
    free_buffers(t);
    destination_table_clear(&t->base);
    free(t);
  }
  manifest_free(&l->manifest);
  if (d->ledger) d->ledger->calls->close(d->ledger);
  if (l->lock >= 0) close(l->lock);
  destination_clear(d);
  free(l->folder);
  free(l);
}

static char *without_slashes(const char *folder) {
  char *copy = strdup(folder);
  size_t length = copy ? strlen(copy) : 0;
  while (length > 1 && copy[length - 1] == '/') copy[--length] = 0;
  return copy;
}

static bool lock_folder(lines *l, destination_code *code) {
  bytes path = {0};
  if (mkdir(l->folder, 0777) != 0 && errno != EEXIST) return lines_failed(l, "the folder", errno);
  if (!bytes_printf(&path, "%s/.lock", l->folder)) return lines_failed(l, ".lock", ENOMEM);
  l->lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  int error = errno;
  bytes_free(&path);
  if (l->lock < 0) return lines_failed(l, ".lock", error);
  if (flock(l->lock, LOCK_EX | LOCK_NB) == 0) return true;
  *code = DESTINATION_IN_USE;
  return destination_fail(&l->base, "%s: another sync writes to it; wait for its end, or name another folder",
                          l->folder);
}

static bool make_ledger(lines *l) {
  bytes path = {0};
  if (bytes_printf(&path, "%s/sent.db", l->folder)) l->base.ledger = ledger_file(path.data);
  bytes_free(&path);
  return l->base.ledger || lines_failed(l, "sent.db", ENOMEM);
}

static bool set_up(lines *l, destination_code *code) {
  if (!lock_folder(l, code) || !make_ledger(l)) return false;
  const char *wrong = manifest_read(&l->manifest, l->folder);
  if (wrong) *code = DESTINATION_FOREIGN;
  l->manifest.runs++;
  return !wrong || destination_fail(&l->base, "%s/manifest.json: %s", l->folder, wrong);
}

destination *lines_open(const char *folder, bytes *why, destination_code *code) {
  static const destination_calls calls = {.has = has,
                                          .places = places,
                                          .table = plan_stream,
                                          .records = records,
                                          .state = state,
                                          .end = end,
                                          .flush = flush,
                                          .close = close_folder};
  lines *l = calloc(1, sizeof *l);
  *code = DESTINATION_REFUSED;
  if (!l) return NULL;
  l->base.calls = &calls;
  l->lock = -1;
  l->folder = without_slashes(folder);
  if (l->folder && set_up(l, code)) {
    *code = DESTINATION_OPENED;
    return &l->base;
  }
  bytes_append(why, l->base.failure.data, l->base.failure.length);
  close_folder(&l->base);
  return NULL;
}

/* ---- what a folder tells, read without writing to it */

/* The number of a run; 0: the line was cut. */
static int64_t run_of(const char *line, size_t length) {
  json_error error;
  if (!json_valid(line, length, (json_limits){.depth = JSON_MAX_DEPTH}, &error)) return 0;
  json_slice number = json_member(line, json_root(line, length), "sync");
  return number.length ? strtoll(line + number.start, NULL, 10) : 0;
}

/* Appends the lines of runs after `first`; returns the newest run. */
static int64_t pick_runs(const bytes *log, int64_t first, bytes *json) {
  int64_t newest = 0;
  for (const char *p = log->data, *stop; p && (stop = memchr(p, '\n', (size_t)(log->data + log->length - p)));
       p = stop + 1) {
    int64_t run = run_of(p, (size_t)(stop - p));
    if (run > newest) newest = run;
    if (!json || run <= first) continue;
    bytes_text(json, json->length > 1 ? "," : "");
    bytes_append(json, p, (size_t)(stop - p));
  }
  return newest;
}

bool lines_runs(const char *folder, int most, bytes *json, bytes *why) {
  bytes path = {0}, log = {0};
  const char *wrong = bytes_printf(&path, "%s/syncs.jsonl", folder) ? NULL : "memory is short";
  if (!wrong)
    wrong = access(folder, F_OK) != 0 && errno == ENOENT ? "there is no such folder; `perigee sync` makes it"
            : access(path.data, F_OK) == 0               ? files_read(&log, path.data, LONGEST_LOG)
                                                         : "no sync has ended there yet";
  if (!wrong) {
    bytes_text(json, "[");
    pick_runs(&log, pick_runs(&log, 0, NULL) - most, json);
    bytes_text(json, "]");
  }
  if (wrong) bytes_printf(why, "%s: %s", folder, wrong);
  bytes_free(&path);
  bytes_free(&log);
  return !wrong;
}

bool lines_peek(const char *folder, const char *stream, const char *place, bytes *state_out, bytes *why) {
  manifest m = {0};
  const char *wrong = manifest_read(&m, folder);
  const manifest_entry *e = wrong ? NULL : manifest_find(&m, stream, place, false);
  if (e) bytes_append(state_out, e->state.data, e->state.length);
  if (wrong) bytes_printf(why, "%s/manifest.json: %s", folder, wrong);
  manifest_free(&m);
  return !wrong;
}
