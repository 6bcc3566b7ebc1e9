/* States, each kept with what it covers; the end of a stream; and what is kept of each run. */
#include "base/clock.h"
#include "destination/sqlite_file.h"

#include <string.h>

static const char keeping[] = "keeping a state";
static const char ending[] = "ending a stream";

/* ---- states */

bool sqlite_read_state(sqlite_table *t, bool beside, bool *found) {
  sqlite *q = sqlite_of(t->base.to);
  sqlite3_stmt *s =
      sqlite_prepare(q, "SELECT state FROM _perigee_states WHERE stream = ?1 AND place = ?2 AND is_replacing = ?3",
                     "reading a state", t->base.stream, t->base.place, NULL);
  if (!s) return false;
  sqlite3_bind_int(s, 3, beside);
  bool ok = sqlite_row(q, s, "reading a state", found);
  if (*found) ok = bytes_text(&t->base.state, (const char *)sqlite3_column_text(s, 0));
  sqlite3_finalize(s);
  return ok;
}

static bool write_state(sqlite_table *t, const char *json, size_t length) {
  sqlite *q = sqlite_of(t->base.to);
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  sqlite3_stmt *s =
      sqlite_prepare(q,
                     "INSERT OR REPLACE INTO _perigee_states (stream, place, written, is_replacing, state) "
                     "VALUES (?1, ?2, ?3, ?4, ?5)",
                     keeping, t->base.stream, t->base.place, now, NULL);
  if (!s) return false;
  sqlite3_bind_int(s, 4, t->base.replaces);
  sqlite3_bind_text64(s, 5, json, length, SQLITE_STATIC, SQLITE_UTF8);
  return sqlite_finish(q, s, keeping);
}

bool sqlite_state(destination_table *table, const char *json, size_t length) {
  sqlite_table *t = sqlite_table_of(table);
  sqlite *q = sqlite_of(table->to);
  if (!sqlite_begin(q)) return false;
  if (!sqlite_settle_waiting(t)) return sqlite_refuse(t);
  return write_state(t, json, length) && (!table->is_eager || sqlite_commit(q));
}

/* ---- rows that were beside take the place of those that are there */

static bool count(sqlite *q, bytes *sql, bool built, const char *place, int64_t *number) {
  sqlite3_stmt *s = sqlite_prepare(q, built ? sql->data : NULL, ending, place, NULL);
  bool found, ok = sqlite_row(q, s, ending, &found);
  if (found) *number = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
  bytes_free(sql);
  return ok;
}

/* Is there a row of the same key in the other table, and does it say the same? */
static bool append_exists(const sqlite_table *t, const char *other, bool same, bytes *sql) {
  bool ok = bytes_text(sql, " AND EXISTS (SELECT 1 FROM ") && sqlite_name(sql, other) &&
            bytes_text(sql, " b WHERE b._place = a._place AND b._row = a._row");
  for (size_t i = 0; ok && i < t->key_count; i++) {
    const char *name = t->base.columns.list[t->key_columns[i]].name;
    ok = bytes_text(sql, " AND b.") && sqlite_name(sql, name) && bytes_text(sql, " IS a.") && sqlite_name(sql, name);
  }
  if (same && t->base.columns.count + t->has_more > t->key_count)
    ok = ok && bytes_text(sql, " AND ") && sqlite_values(t, "b.", sql) && bytes_text(sql, " IS ") &&
         sqlite_values(t, "a.", sql);
  return ok && bytes_text(sql, ")");
}

/* Counts the rows of one table; or those that the other has, too, by their keys, or with all that they say. */
static bool count_rows(sqlite_table *t, const char *table, const char *other, bool same, int64_t *number) {
  bytes sql = {0};
  bool ok = bytes_text(&sql, "SELECT count(*) FROM ") && sqlite_name(&sql, table) &&
            bytes_text(&sql, " a WHERE a._place = ?1") && (!other || append_exists(t, other, same, &sql));
  return count(sqlite_of(t->base.to), &sql, ok, t->base.place, number);
}

static bool count_changes(sqlite_table *t) {
  int64_t before = 0, now = 0, common = 0, same = 0;
  if (!count_rows(t, t->name, NULL, false, &before) || !count_rows(t, t->beside, NULL, false, &now) ||
      !count_rows(t, t->beside, t->name, false, &common) || !count_rows(t, t->beside, t->name, true, &same))
    return false;
  destination_count_replaced(&t->base.counts, before, now, common, same);
  return true;
}

/* The table itself stays, so that views of its owner's keep working. */
static bool replace_rows(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  bytes remove = {0}, add = {0}, drop = {0};
  bool built = bytes_text(&remove, "DELETE FROM ") && sqlite_name(&remove, t->name) &&
               bytes_text(&remove, " WHERE _place = ?1") && bytes_text(&add, "INSERT INTO ") &&
               sqlite_name(&add, t->name) && bytes_text(&add, " (") && sqlite_columns(t, &add) &&
               bytes_text(&add, ") SELECT ") && sqlite_columns(t, &add) && bytes_text(&add, " FROM ") &&
               sqlite_name(&add, t->beside) && bytes_text(&drop, "DROP TABLE ") && sqlite_name(&drop, t->beside);
  sqlite_forget_statements(t);
  bool ok = count_changes(t) && sqlite_do(q, ending, built ? remove.data : NULL, t->base.place) &&
            sqlite_run(q, built ? add.data : NULL, ending) && sqlite_run(q, drop.data, ending);
  bytes_free(&remove);
  bytes_free(&add);
  bytes_free(&drop);
  return ok;
}

/* A state that counts on is that of the table from now on; another has done its work. */
static bool move_state(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  const char *moving = t->base.keeps_state ? "UPDATE OR REPLACE _perigee_states SET is_replacing = 0 WHERE stream = ?1 "
                                             "AND place = ?2 AND is_replacing"
                                           : "DELETE FROM _perigee_states WHERE stream = ?1 AND place = ?2";
  return sqlite_do(q, ending, moving, t->base.stream, t->base.place);
}

/* ---- runs */

bool sqlite_begin_run(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  sqlite3_stmt *s = sqlite_prepare(q,
                                   "INSERT INTO _perigee_syncs (stream, place, began, sync, result) "
                                   "VALUES (?1, ?2, ?3, ?4, 'running')",
                                   keeping, t->base.stream, t->base.place, now, NULL);
  if (s) sqlite3_bind_int64(s, 4, q->run);
  return sqlite_finish(q, s, keeping);
}

bool sqlite_note_refused(sqlite *q, const destination_plan *plan) {
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  sqlite3_stmt *s = sqlite_prepare(q,
                                   "INSERT INTO _perigee_syncs (stream, place, began, ended, message, sync, result) "
                                   "VALUES (?1, ?2, ?3, ?3, ?4, ?5, 'incomplete')",
                                   keeping, plan->stream, plan->place, now, q->base.refusal.data, NULL);
  if (s) sqlite3_bind_int64(s, 5, q->run);
  return sqlite_finish(q, s, keeping);
}

static bool end_run(sqlite_table *t, const char *result) {
  static const char sql[] =
      "UPDATE _perigee_syncs SET ended = ?2, result = ?3, message = nullif(?4, ''), new = ?6, updated = ?7,"
      " unchanged = ?8, removed = ?9, requests = ?10, received_bytes = ?11, retries = ?12, waits = ?13,"
      " waited_seconds = ?14 / 1e6, total = ?15 WHERE stream = ?1 AND sync = ?5 AND place = ?16";
  sqlite *q = sqlite_of(t->base.to);
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  sqlite3_stmt *s = sqlite_prepare(q, sql, ending, t->base.stream, now, result,
                                   t->base.message.length ? t->base.message.data : "", NULL);
  if (!s) return false;
  const destination_counts *c = &t->base.counts;
  const int64_t *n = t->base.summary.counts;
  const int64_t numbers[] = {q->run,           c->inserted,      c->updated,      c->unchanged,  c->removed,
                             n[SINK_REQUESTS], n[SINK_RECEIVED], n[SINK_RETRIES], n[SINK_WAITS], n[SINK_WAITED]};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sqlite3_bind_int64(s, (int)i + 5, numbers[i]);
  if (t->has_total) sqlite3_bind_int64(s, 15, c->total);
  sqlite3_bind_text(s, 16, t->base.place, -1, SQLITE_STATIC);
  return sqlite_finish(q, s, ending);
}

bool sqlite_interrupt_runs(sqlite *q) {
  for (destination_table *t = q->base.tables; t; t = t->next)
    if (!t->has_ended && !(sqlite_begin(q) && end_run(sqlite_table_of(t), "interrupted"))) return false;
  return sqlite_commit(q);
}

void sqlite_fail_runs(sqlite *q) {
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  sqlite3_stmt *s = sqlite_prepare(q,
                                   "UPDATE _perigee_syncs SET result = 'interrupted', ended = ?1, message = ?2 "
                                   "WHERE sync = ?3 AND result = 'running'",
                                   ending, now, q->base.failure.data, NULL);
  if (s) sqlite3_bind_int64(s, 3, q->run);
  sqlite_finish(q, s, ending);
}

/* ---- the end of a stream */

/* Of a stream that was read whole, rows without a key are complete although no state says so. */
static bool finish_rows(sqlite_table *t) {
  return sqlite_settle_waiting(t) && (!t->base.replaces || (replace_rows(t) && move_state(t)));
}

/* The total of the run before, which holds where this one has added and removed nothing. */
static bool read_total(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  sqlite3_stmt *s = sqlite_prepare(q,
                                   "SELECT total FROM _perigee_syncs WHERE stream = ?1 AND place = ?2 AND sync < ?3 "
                                   "ORDER BY sync DESC LIMIT 1",
                                   ending, t->base.stream, t->base.place, NULL);
  if (!s) return false;
  sqlite3_bind_int64(s, 3, q->run);
  bool found, ok = sqlite_row(q, s, ending, &found);
  t->has_total = found && sqlite3_column_type(s, 0) == SQLITE_INTEGER;
  if (t->has_total) t->base.counts.total = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
  return ok;
}

/* A large table is counted where something came alone. */
static bool find_total(sqlite_table *t) {
  const destination_counts *c = &t->base.counts;
  if (!t->is_new && !c->inserted && !c->removed && !read_total(t)) return false;
  t->has_total = t->has_total || count_rows(t, t->name, NULL, false, &t->base.counts.total);
  return t->has_total;
}

/* All of it or nothing: where the table refuses its rows, the stream alone comes to no good end. */
static bool finish(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  destination_counts before = t->base.counts;
  if (!sqlite_run(q, "SAVEPOINT finishing", ending)) return false;
  if (!finish_rows(t)) {
    (void)sqlite_refuse(t);
    t->base.counts = before;
    if (!t->base.refusal.length || !sqlite_run(q, "ROLLBACK TO finishing", ending)) return false;
  }
  return sqlite_run(q, "RELEASE finishing", ending);
}

/* What is refused may not even be counted. */
static bool end(sqlite_table *t, bool whole) {
  if (whole && !t->base.refusal.length && !finish(t)) return false;
  if (!sqlite_drop_waiting(t)) return false;
  if (!t->base.refusal.length && !find_total(t)) (void)sqlite_refuse(t);
  if (sqlite_of(t->base.to)->base.failure.length) return false;
  return end_run(t, whole && !t->base.refusal.length ? "complete" : "incomplete");
}

bool sqlite_end(destination_table *table, bool whole) {
  sqlite_table *t = sqlite_table_of(table);
  sqlite *q = sqlite_of(table->to);
  if (table->has_ended) return true;
  if (!sqlite_begin(q) || !end(t, whole) || !sqlite_commit(q)) return false;
  sqlite_forget_statements(t);
  destination_table_end(table);
  return true;
}
