/* States, each kept with what it covers; the end of a stream; and what is kept of each run. */
#include "base/clock.h"
#include "destination/postgres_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LAST_WORDS 1000 /* ms that they may take after a signal */

static const char keeping[] = "keeping a state";
static const char ending[] = "ending a stream";

/* ---- states */

bool postgres_read_state(postgres_table *t, bool beside, bool *found) {
  postgres *p = postgres_of(t->base.to);
  PGresult *r = postgres_query(
      p, "reading a state",
      "SELECT state FROM _perigee_states WHERE stream = $1 AND place = $2 AND is_replacing = $3::boolean",
      t->base.stream, t->base.place, beside ? "true" : "false", NULL);
  *found = r && p->lib->rows(r) > 0;
  bool ok = !*found || bytes_text(&t->base.state, postgres_value(p, r, 0, 0));
  return postgres_done(p, r) && ok;
}

bool postgres_write_state(postgres_table *t) {
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  return postgres_do(postgres_of(t->base.to), keeping,
                     "INSERT INTO _perigee_states (stream, place, is_replacing, state, written)"
                     " VALUES ($1, $2, $3::boolean, $4, $5) ON CONFLICT (stream, place, is_replacing)"
                     " DO UPDATE SET state = excluded.state, written = excluded.written",
                     t->base.stream, t->base.place, t->base.replaces ? "true" : "false", t->state.data, now);
}

/* The last one covers all that came before it, so few of them are written. */
bool postgres_state(destination_table *table, const char *json, size_t length) {
  postgres_table *t = postgres_table_of(table);
  postgres *p = postgres_of(table->to);
  bytes_clear(&t->state);
  if (!bytes_append(&t->state, json, length)) return destination_short_of_memory(table->to, p->at.text);
  t->has_state = true;
  if (!p->base.since) p->base.since = clock_ticks();
  return !table->is_eager || postgres_commit_for(t);
}

/* ---- rows that were beside take the place of those that are there */

static bool count_rows(postgres_table *t, const char *table, int64_t *number) {
  postgres *p = postgres_of(t->base.to);
  bytes sql = {0};
  bool built =
      bytes_text(&sql, "SELECT count(*) FROM ") && postgres_name(&sql, table) && bytes_text(&sql, " WHERE _place = $1");
  PGresult *r = postgres_query(p, ending, built ? sql.data : NULL, t->base.place, NULL);
  if (r) *number = postgres_number(p, r, 0, 0);
  bytes_free(&sql);
  return postgres_done(p, r);
}

/* Rows that both tables have, and those of them that say the same. */
static bool count_common(postgres_table *t, int64_t *common, int64_t *same) {
  postgres *p = postgres_of(t->base.to);
  bytes sql = {0}, old = {0}, new = {0};
  bool built = postgres_append_columns(t, POSTGRES_COMPARED, "a.", &old) &&
               postgres_append_columns(t, POSTGRES_COMPARED, "b.", &new) &&
               bytes_printf(&sql, "SELECT count(*), count(*) FILTER (WHERE (%s1) IS NOT DISTINCT FROM (%s1)) FROM ",
                            old.length ? old.data : "", new.length ? new.data : "") &&
               postgres_name(&sql, t->name) && bytes_text(&sql, " a JOIN ") && postgres_name(&sql, t->beside) &&
               bytes_text(&sql, " b USING (_row, _place) WHERE a._place = $1");
  PGresult *r = postgres_query(p, ending, built ? sql.data : NULL, t->base.place, NULL);
  if (r) *common = postgres_number(p, r, 0, 0);
  if (r) *same = postgres_number(p, r, 0, 1);
  bytes_free(&sql);
  bytes_free(&old);
  bytes_free(&new);
  return postgres_done(p, r);
}

static bool count_changes(postgres_table *t) {
  int64_t before = 0, now = 0, common = 0, same = 0;
  if (!count_rows(t, t->name, &before) || !count_rows(t, t->beside, &now) || !count_common(t, &common, &same))
    return false;
  destination_count_replaced(&t->base.counts, before, now, common, same);
  return true;
}

/* The table itself stays, so that views of its owner's keep working. */
static bool replace_rows(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes remove = {0}, add = {0}, drop = {0};
  bool built = bytes_text(&remove, "DELETE FROM ") && postgres_name(&remove, t->name) &&
               bytes_text(&remove, " WHERE _place = $1") && bytes_text(&add, "INSERT INTO ") &&
               postgres_name(&add, t->name) && bytes_text(&add, " (") &&
               postgres_append_columns(t, POSTGRES_NAMES, "", &add) && bytes_text(&add, "_place, _row) SELECT ") &&
               postgres_append_columns(t, POSTGRES_NAMES, "", &add) && bytes_text(&add, "_place, _row FROM ") &&
               postgres_name(&add, t->beside) && bytes_text(&drop, "DROP TABLE ") && postgres_name(&drop, t->beside);
  bool ok = count_changes(t) && postgres_do(p, ending, built ? remove.data : NULL, t->base.place) &&
            postgres_do(p, ending, built ? add.data : NULL) && postgres_do(p, ending, built ? drop.data : NULL);
  bytes_free(&remove);
  bytes_free(&add);
  bytes_free(&drop);
  return ok;
}

/* A state that counts on is that of the table from now on; another has done its work. */
static bool move_state(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  const char *old = t->base.keeps_state
                        ? "DELETE FROM _perigee_states WHERE stream = $1 AND place = $2 AND NOT "
                          "is_replacing AND EXISTS (SELECT 1 FROM _perigee_states b WHERE b.stream = $1 "
                          "AND b.place = $2 AND b.is_replacing)"
                        : "DELETE FROM _perigee_states WHERE stream = $1 AND place = $2";
  return postgres_do(p, ending, old, t->base.stream, t->base.place) &&
         postgres_do(p, ending, "UPDATE _perigee_states SET is_replacing = false WHERE stream = $1 AND place = $2",
                     t->base.stream, t->base.place);
}

/* ---- runs */

static void write_number(int64_t number, char out[24]) {
  (void)snprintf(out, 24, "%" PRId64, number);
}

bool postgres_begin_run(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  char now[CLOCK_TEXT_SIZE] = "", run[24];
  clock_format(clock_now(), now);
  write_number(p->run, run);
  return postgres_do(p, keeping,
                     "INSERT INTO _perigee_syncs (sync, stream, place, began, result)"
                     " VALUES ($1, $2, $3, $4, 'running')",
                     run, t->base.stream, t->base.place, now);
}

static bool note_refused(postgres *p, void *with) {
  const destination_plan *plan = with;
  char now[CLOCK_TEXT_SIZE] = "", run[24];
  clock_format(clock_now(), now);
  write_number(p->run, run);
  return postgres_do(p, keeping,
                     "INSERT INTO _perigee_syncs (sync, stream, place, began, ended, result, message)"
                     " VALUES ($1, $2, $3, $4, $4, 'incomplete', $5)",
                     run, plan->stream, plan->place, now, p->base.refusal.data);
}

bool postgres_note_refused(postgres *p, const destination_plan *plan) {
  return postgres_transact(p, note_refused, (void *)plan);
}

static bool end_run(postgres_table *t, const char *result) {
  static const char sql[] =
      "UPDATE _perigee_syncs SET ended = $3, result = $4, message = nullif($5, ''), new = $6, updated = $7,"
      " unchanged = $8, removed = $9, requests = $10, received_bytes = $11, retries = $12, waits = $13,"
      " waited_seconds = $14::bigint / 1e6, total = nullif($15, '')::bigint WHERE sync = $1 AND stream = $2 AND place "
      "= $16";
  const destination_counts *c = &t->base.counts;
  const int64_t *n = t->base.summary.counts;
  const int64_t numbers[] = {c->inserted,      c->updated,      c->unchanged,  c->removed,     n[SINK_REQUESTS],
                             n[SINK_RECEIVED], n[SINK_RETRIES], n[SINK_WAITS], n[SINK_WAITED], c->total};
  char now[CLOCK_TEXT_SIZE] = "", run[24], text[sizeof numbers / sizeof *numbers][24];
  clock_format(clock_now(), now);
  write_number(postgres_of(t->base.to)->run, run);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) write_number(numbers[i], text[i]);
  return postgres_do(postgres_of(t->base.to), ending, sql, run, t->base.stream, now, result,
                     t->base.message.length ? t->base.message.data : "", text[0], text[1], text[2], text[3], text[4],
                     text[5], text[6], text[7], text[8], t->has_total ? text[9] : "", t->base.place);
}

static bool interrupt(postgres *p, void *with) {
  (void)with;
  for (destination_table *t = p->base.tables; t; t = t->next)
    if (!t->has_ended && !end_run(postgres_table_of(t), "interrupted")) return false;
  return true;
}

bool postgres_interrupt_runs(postgres *p) {
  for (destination_table *t = p->base.tables; t; t = t->next)
    if (!t->has_ended) return postgres_transact(p, interrupt, NULL);
  return true;
}

void postgres_fail_runs(postgres *p) {
  char now[CLOCK_TEXT_SIZE] = "", run[24];
  bytes failure = p->base.failure;
  clock_format(clock_now(), now);
  write_number(p->run, run);
  p->base.failure = (bytes){0};
  p->again = p->is_cancelled = false;
  if (p->base.deadline) p->base.deadline = clock_ticks() + LAST_WORDS;
  (void)(postgres_do(p, ending, "ROLLBACK") &&
         postgres_do(p, ending,
                     "UPDATE _perigee_syncs SET result = 'interrupted', ended = $1, message = $2"
                     " WHERE sync = $3 AND result = 'running'",
                     now, failure.data, run));
  bytes_free(&p->base.failure);
  p->base.failure = failure;
}

/* ---- the end of a stream */

typedef struct ending_work {
  postgres_table *table;
  bool whole;
  destination_counts before;
} ending_work;

/* Of a stream that was read whole, rows without a key are complete although no state says so. */
static bool finish_rows(postgres_table *t) {
  if (!postgres_settle_waiting(t)) return false;
  if (!t->base.replaces) t->base.counts.inserted += t->batch_counts.inserted;
  return !t->base.replaces || (replace_rows(t) && move_state(t));
}

/* The total of the run before, which holds where this one has added and removed nothing. */
static bool read_total(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  char run[24];
  write_number(p->run, run);
  PGresult *r = postgres_query(p, ending,
                               "SELECT total FROM _perigee_syncs WHERE stream = $1 AND place = $2 AND sync < $3 "
                               "ORDER BY sync DESC LIMIT 1",
                               t->base.stream, t->base.place, run, NULL);
  t->has_total = r && p->lib->rows(r) == 1 && postgres_value(p, r, 0, 0);
  if (t->has_total) t->base.counts.total = postgres_number(p, r, 0, 0);
  return postgres_done(p, r);
}

/* A large table is counted where something came alone. */
static bool find_total(postgres_table *t) {
  const destination_counts *c = &t->base.counts;
  t->has_total = false;
  if (!t->is_new && !c->inserted && !c->removed && !read_total(t)) return false;
  t->has_total = t->has_total || count_rows(t, t->name, &t->base.counts.total);
  return t->has_total;
}

/* What is refused may not even be counted. */
static bool end(postgres *p, void *with) {
  ending_work *w = with;
  postgres_table *t = w->table;
  bool refused = t->base.refusal.length > 0, whole = w->whole && !refused;
  t->base.counts = w->before;
  t->batch_counts = (destination_counts){0};
  p->table = t->name;
  bool ok = (!whole || finish_rows(t)) && postgres_drop_waiting(t) && postgres_drop_stage(t) &&
            (refused || find_total(t)) && end_run(t, whole ? "complete" : "incomplete");
  p->table = NULL;
  return ok;
}

bool postgres_end(destination_table *table, bool whole) {
  postgres_table *t = postgres_table_of(table);
  postgres *p = postgres_of(table->to);
  if (table->has_ended) return true;
  if (!postgres_commit(p)) return false;
  ending_work with = {t, whole, t->base.counts};
  bool ok = postgres_transact(p, end, &with);
  if (!ok && postgres_is_refusal(p) && !t->base.refusal.length) {
    postgres_refuse(t);
    ok = postgres_transact(p, end, &with);
  }
  if (!ok) return false;
  postgres_free_rows(t);
  destination_table_end(table);
  return true;
}
