/* What waits in memory is committed in one transaction: rows, and behind them the states that cover them. */
#include "destination/postgres_table.h"

#include <string.h>

static const char storing[] = "storing rows";

const char *postgres_target(const postgres_table *t) {
  return t->base.replaces ? t->beside : t->name;
}

static bool copy(postgres_table *t, const char *schema, const char *table, const bytes *rows) {
  bytes sql = {0};
  bool built = bytes_printf(&sql, "COPY %s", schema) && postgres_name(&sql, table) && bytes_text(&sql, " (") &&
               postgres_append_columns(t, POSTGRES_NAMES, "", &sql) &&
               bytes_text(&sql, "_place, _row) FROM STDIN (FORMAT binary)");
  bool ok = postgres_copy(postgres_of(t->base.to), storing, &sql, built, rows);
  bytes_free(&sql);
  return ok;
}

/* ---- rows with a key */

/* It is emptied as a transaction ends, and goes with the connection; one with other columns makes way. */
static bool make_stage(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes drop = {0}, sql = {0};
  if (t->staged == p->session) return true;
  bool built = bytes_printf(&drop, "DROP TABLE IF EXISTS pg_temp.%s", t->stage) &&
               bytes_printf(&sql, "CREATE TEMPORARY TABLE %s (", t->stage) &&
               postgres_append_columns(t, POSTGRES_DEFINITIONS, "", &sql) &&
               bytes_text(&sql, "_place text, _row text) ON COMMIT DELETE ROWS");
  bool ok = postgres_do_bytes(p, storing, &drop, built);
  ok = postgres_do_bytes(p, "making a temporary table (it needs TEMPORARY on the database)", &sql, built) && ok;
  if (ok) t->staged = p->session;
  return ok;
}

/* A row that says the same as before is left as it is. */
static bool append_update(const postgres_table *t, bytes *out) {
  size_t start = out->length;
  bytes old = {0}, new = {0};
  bool ok = bytes_text(out, "UPDATE SET ") && postgres_append_columns(t, POSTGRES_ASSIGNED, "", out) &&
            postgres_append_columns(t, POSTGRES_COMPARED, "t.", &old) &&
            postgres_append_columns(t, POSTGRES_COMPARED, "excluded.", &new);
  if (ok && !old.length) {
    out->length = start;
    ok = bytes_text(out, "NOTHING");
  } else if (ok) {
    out->length -= 2; /* commas */
    ok = bytes_printf(out, " WHERE (%.*s) IS DISTINCT FROM (%.*s)", (int)old.length - 2, old.data, (int)new.length - 2,
                      new.data);
  }
  bytes_free(&old);
  bytes_free(&new);
  return ok;
}

/* Of a row that is inserted there is no older version. */
static bool append_upsert(const postgres_table *t, bytes *out) {
  return bytes_text(out, "WITH stored AS (INSERT INTO ") && postgres_name(out, postgres_target(t)) &&
         bytes_text(out, " AS t (") && postgres_append_columns(t, POSTGRES_NAMES, "", out) &&
         bytes_text(out, "_place, _row) SELECT ") && postgres_append_columns(t, POSTGRES_NAMES, "", out) &&
         bytes_printf(out, "_place, _row FROM pg_temp.%s ON CONFLICT (_row, _place) DO ", t->stage) &&
         append_update(t, out) &&
         bytes_printf(out,
                      " RETURNING t.xmax = 0 AS is_new) SELECT count(*) FILTER (WHERE is_new),"
                      " count(*) FILTER (WHERE NOT is_new), (SELECT count(*) FROM pg_temp.%s) FROM stored",
                      t->stage);
}

static bool upsert(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes sql = {0};
  bool built = append_upsert(t, &sql);
  PGresult *r = NULL;
  if (make_stage(t) && copy(t, "pg_temp.", t->stage, &t->keyed))
    r = postgres_query(p, storing, built ? sql.data : NULL, NULL);
  bytes_free(&sql);
  if (r) {
    t->batch_counts.inserted = postgres_number(p, r, 0, 0);
    t->batch_counts.updated = postgres_number(p, r, 0, 1);
    t->batch_counts.unchanged = postgres_number(p, r, 0, 2) - t->batch_counts.inserted - t->batch_counts.updated;
  }
  return postgres_done(p, r);
}

/* Is none of them there? */
static bool look_for(postgres_table *t, bool *all_new) {
  postgres *p = postgres_of(t->base.to);
  bytes sql = {0}, ids = {0};
  bool built = bytes_text(&sql, "SELECT 1 FROM ") && postgres_name(&sql, postgres_target(t)) &&
               bytes_text(&sql, " WHERE _place = $1 AND _row = ANY ($2::text[]) LIMIT 1") &&
               bytes_append(&ids, t->ids.data, t->ids.length) && bytes_text(&ids, "}");
  PGresult *r = postgres_query(p, storing, built ? sql.data : NULL, t->base.place, ids.data, NULL);
  *all_new = r && p->lib->rows(r) == 0;
  bytes_free(&sql);
  bytes_free(&ids);
  return postgres_done(p, r);
}

/* Rows none of which is there, as in a first sync, need no temporary table: that is half of the server's work. */
static bool store_keyed(postgres_table *t) {
  bool all_new = false;
  if (!t->keyed.length) return true;
  if (!t->is_altered && !look_for(t, &all_new)) return false;
  if (!all_new) return upsert(t);
  t->batch_counts.inserted = (int64_t)t->batch.count;
  return copy(t, "", postgres_target(t), &t->keyed);
}

/* ---- rows without a key */

/* Such tables are no temporary ones, as those end with a lost connection. */
static bool make_waiting(postgres_table *t) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "CREATE TABLE IF NOT EXISTS ") && postgres_name(&sql, t->waiting) &&
               bytes_text(&sql, " (") && postgres_append_columns(t, POSTGRES_DEFINITIONS, "", &sql) &&
               bytes_text(&sql, "_place text, _row text COLLATE \"C\", _number bigserial)");
  return postgres_do_bytes(postgres_of(t->base.to), storing, &sql, built);
}

static bool store_loose(postgres_table *t) {
  return !t->loose.length || (make_waiting(t) && copy(t, "", t->waiting, &t->loose));
}

/* Equal rows get ordinals behind their digest, which go on where those of earlier states ended. OFFSET 0 has the server
 * count those once for all rows that are equal, not once a row. No field has a column with capitals, such as theirs. */
static bool append_settling(const postgres_table *t, bytes *out) {
  bytes names = {0};
  bool ok =
      postgres_append_columns(t, POSTGRES_NAMES, "", &names) && bytes_text(out, "WITH moved AS (INSERT INTO ") &&
      postgres_name(out, postgres_target(t)) &&
      bytes_printf(out,
                   " (%s_place, _row) SELECT %s_place, _row || '-' || "
                   "(row_number() OVER (PARTITION BY _row ORDER BY _number) + c.\"_Earlier\") FROM ",
                   names.length ? names.data : "", names.length ? names.data : "") &&
      postgres_name(out, t->waiting) && bytes_text(out, " JOIN (SELECT d._row, (SELECT count(*) FROM ") &&
      postgres_name(out, postgres_target(t)) &&
      bytes_text(out, " o WHERE o._place = $1 AND o._row >= d._row || '-' AND o._row < d._row || '.') AS \"_Earlier\""
                      " FROM (SELECT DISTINCT _row FROM ") &&
      postgres_name(out, t->waiting) &&
      bytes_text(out, ") d OFFSET 0) c USING (_row) RETURNING 1) SELECT count(*) FROM moved");
  bytes_free(&names);
  return ok;
}

bool postgres_settle_waiting(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes sql = {0}, empty = {0};
  if (!t->has_waiting && !t->loose.length) return true;
  bool built = append_settling(t, &sql) && bytes_text(&empty, "DELETE FROM ") && postgres_name(&empty, t->waiting);
  PGresult *r = make_waiting(t) ? postgres_query(p, storing, built ? sql.data : NULL, t->base.place, NULL) : NULL;
  if (r) t->batch_counts.inserted += postgres_number(p, r, 0, 0);
  bytes_free(&sql);
  bool ok = postgres_done(p, r) && postgres_do(p, storing, built ? empty.data : NULL);
  bytes_free(&empty);
  return ok;
}

bool postgres_drop_stage(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes sql = {0};
  if (t->staged != p->session) return true;
  return postgres_do_bytes(p, storing, &sql, bytes_printf(&sql, "DROP TABLE pg_temp.%s", t->stage));
}

bool postgres_drop_waiting(postgres_table *t) {
  bytes sql = {0};
  if (!t->has_waiting) return true;
  bool built = bytes_text(&sql, "DROP TABLE IF EXISTS ") && postgres_name(&sql, t->waiting);
  return postgres_do_bytes(postgres_of(t->base.to), storing, &sql, built);
}

/* ---- the transaction */

static bool has_new(const postgres_table *t) {
  if (t->has_more != t->more_made) return true;
  for (size_t i = 0; i < t->base.columns.count; i++) {
    const table_column *c = &t->base.columns.list[i];
    unsigned wanted = POSTGRES_COLUMN | POSTGRES_KINDS | (c->beside ? POSTGRES_BESIDE : 0);
    if (c->type && c->made != wanted) return true;
  }
  return false;
}

static bool is_waiting(const postgres_table *t) {
  return !t->base.has_ended && !t->base.refusal.length && (t->keyed.length || t->loose.length || t->has_state);
}

static bool commit_table(postgres_table *t) {
  t->batch_counts = (destination_counts){0};
  if (has_new(t) && !postgres_make_columns(t)) return false;
  return store_keyed(t) && store_loose(t) && (!t->has_state || (postgres_settle_waiting(t) && postgres_write_state(t)));
}

typedef struct commit_work {
  postgres_table *only; /* NULL: all that have something */
  postgres_table *at;   /* of which it failed; NULL: of none of them */
} commit_work;

static bool commit_all(postgres *p, void *with) {
  commit_work *w = with;
  bool ok = true;
  for (destination_table *t = p->base.tables; ok && t; t = t->next) {
    w->at = postgres_table_of(t);
    if (!is_waiting(w->at) || (w->only && w->only != w->at)) continue;
    p->table = w->at->name;
    ok = commit_table(w->at);
  }
  p->table = NULL;
  if (ok) w->at = w->only;
  return ok;
}

/* What was done counts from now on. */
static void count(postgres_table *t) {
  t->has_waiting = t->has_waiting || t->loose.length > 0;
  if (!t->base.replaces) { /* else they are counted in the end */
    t->base.counts.inserted += t->batch_counts.inserted;
    t->base.counts.updated += t->batch_counts.updated;
    t->base.counts.unchanged += t->batch_counts.unchanged;
  }
  t->batch_counts = (destination_counts){0};
  t->has_state = false;
  bytes_clear(&t->keyed);
  bytes_clear(&t->loose);
  bytes_clear(&t->ids);
  keyset_free(&t->batch);
  keyset_init(&t->batch, POSTGRES_BATCH_ROWS);
  postgres_columns_made(t);
}

/* Temporary tables that were made in the transaction are gone with it. */
static void undo(postgres *p) {
  bytes_free(&p->base.failure);
  postgres_undo(p);
  for (destination_table *t = p->base.tables; t; t = t->next) postgres_table_of(t)->staged = 0;
}

void postgres_refuse(postgres_table *t) {
  (void)destination_refuse_rows(&t->base);
  undo(postgres_of(t->base.to));
}

static bool commit_each(postgres *p);

/* A table whose rows are refused, by the server or by something of its owner's, is left out. Where the end of the
 * transaction fails, nobody says of which. */
static bool commit_some(postgres *p, postgres_table *only) {
  commit_work w = {only, only};
  while (!postgres_transact(p, commit_all, &w)) {
    if (!postgres_is_refusal(p) || (w.at && w.at->base.refusal.length)) return false;
    if (w.at) {
      postgres_refuse(w.at);
    } else {
      undo(p);
      return commit_each(p);
    }
  }
  for (destination_table *t = p->base.tables; t; t = t->next)
    if (is_waiting(postgres_table_of(t)) && (!only || only == postgres_table_of(t))) count(postgres_table_of(t));
  return true;
}

static bool commit_each(postgres *p) {
  for (destination_table *t = p->base.tables; t; t = t->next)
    if (is_waiting(postgres_table_of(t)) && !commit_some(p, postgres_table_of(t))) return false;
  return true;
}

bool postgres_commit(postgres *p) {
  if (!p->base.since) return true;
  if (!commit_some(p, NULL)) return false;
  p->base.since = 0;
  p->bytes = 0;
  return true;
}

bool postgres_commit_for(postgres_table *t) {
  return postgres_commit(postgres_of(t->base.to)) && !t->base.refusal.length;
}

/* ---- records that are gone */

typedef struct marking {
  postgres_table *table;
  const char *ids, *when;
  int64_t count;
} marking;

static bool mark_rows(postgres *p, void *with) {
  marking *w = with;
  postgres_table *t = w->table;
  bytes sql = {0};
  if (has_new(t) && !postgres_make_columns(t)) return false;
  size_t column = columns_named(&t->base.columns, DESTINATION_DELETED);
  bool built = column != SIZE_MAX && bytes_text(&sql, "WITH marked AS (UPDATE ") && postgres_name(&sql, t->name) &&
               bytes_text(&sql, " SET ") && postgres_name(&sql, t->base.columns.list[column].name) &&
               bytes_text(&sql, " = $3 WHERE _place = $1 AND _row = ANY ($2::text[]) RETURNING 1)"
                                " SELECT count(*) FROM marked");
  PGresult *r =
      postgres_query(p, "marking rows as deleted", built ? sql.data : NULL, t->base.place, w->ids, w->when, NULL);
  if (r) w->count = postgres_number(p, r, 0, 0);
  bytes_free(&sql);
  return postgres_done(p, r);
}

/* Rows that wait may be among them. */
bool postgres_mark(postgres_table *t, const char *ids, const char *when) {
  postgres *p = postgres_of(t->base.to);
  marking w = {t, ids, when, 0};
  if (!postgres_commit_for(t)) return false;
  if (!postgres_transact(p, mark_rows, &w)) {
    if (postgres_is_refusal(p)) postgres_refuse(t);
    return false;
  }
  postgres_columns_made(t);
  t->base.counts.updated += w.count;
  return true;
}
