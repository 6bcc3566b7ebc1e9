/* Records become rows: an upsert by the key, or, without one, rows that wait for the state that covers them. */
#include "destination/drift.h"
#include "destination/row_key.h"
#include "destination/sqlite_file.h"
#include "destination/value.h"
#include "json/json_value.h"

#include <string.h>

static const char storing[] = "storing a row";

/* ---- statements */

static const char *target(const sqlite_table *t) {
  return t->base.replaces ? t->beside : t->name;
}

static size_t parameters(const sqlite_table *t) {
  return t->base.columns.count + t->has_more + 2;
}

static bool append_insert(const sqlite_table *t, const char *schema, const char *table, bytes *out) {
  bool ok = bytes_printf(out, "INSERT INTO %s.", schema) && sqlite_name(out, table) && bytes_text(out, " (") &&
            sqlite_columns(t, out) && bytes_text(out, ") VALUES (");
  for (size_t i = 0; ok && i < parameters(t); i++) ok = bytes_text(out, i ? ",?" : "?");
  return ok && bytes_text(out, ")");
}

static bool is_key(const sqlite_table *t, size_t column) {
  for (size_t i = 0; i < t->key_count; i++)
    if (t->key_columns[i] == column) return true;
  return false;
}

bool sqlite_values(const sqlite_table *t, const char *before, bytes *out) {
  bool ok = bytes_text(out, "("), any = t->has_more;
  if (t->has_more) ok = ok && bytes_printf(out, "%s_more", before);
  for (size_t i = 0; ok && i < t->base.columns.count; i++) {
    if (is_key(t, i)) continue;
    ok = bytes_printf(out, "%s%s", any ? ", " : "", before) && sqlite_name(out, t->base.columns.list[i].name);
    any = true;
  }
  return ok && bytes_text(out, ")");
}

/* A row that says the same as before is left as it is. */
static bool append_update(const sqlite_table *t, bytes *out) {
  bytes before = {0};
  if (t->base.columns.count + t->has_more == t->key_count) return bytes_text(out, "NOTHING");
  bool ok = bytes_text(out, "UPDATE SET "), any = t->has_more;
  if (t->has_more) ok = ok && bytes_text(out, "_more = excluded._more");
  for (size_t i = 0; ok && i < t->base.columns.count; i++) {
    if (is_key(t, i)) continue;
    const char *name = t->base.columns.list[i].name;
    ok = bytes_text(out, any ? ", " : "") && sqlite_name(out, name) && bytes_text(out, " = excluded.") &&
         sqlite_name(out, name);
    any = true;
  }
  ok = ok && sqlite_name(&before, target(t)) && bytes_text(&before, ".") && bytes_text(out, " WHERE ") &&
       sqlite_values(t, before.data, out) && bytes_text(out, " IS NOT ") && sqlite_values(t, "excluded.", out);
  bytes_free(&before);
  return ok;
}

static bool prepare_upsert(sqlite_table *t) {
  bytes sql = {0};
  if (t->upsert) return true;
  bool ok = append_insert(t, "main", target(t), &sql) &&
            bytes_printf(&sql, " ON CONFLICT (%s_place, _row) DO ", t->key) && append_update(t, &sql);
  t->upsert = sqlite_prepare(sqlite_of(t->base.to), ok ? sql.data : NULL, storing, NULL);
  bytes_free(&sql);
  return t->upsert != NULL;
}

/* Anew: the stream of another project may have left one, with other columns. */
static bool make_waiting(sqlite_table *t) {
  bytes sql = {0};
  if (t->has_waiting) return true;
  bool built = bytes_text(&sql, "DROP TABLE IF EXISTS temp.") && sqlite_name(&sql, t->waiting) &&
               bytes_text(&sql, "; CREATE TABLE temp.") && sqlite_name(&sql, t->waiting) && bytes_text(&sql, " (") &&
               sqlite_columns(t, &sql) && bytes_text(&sql, ")");
  t->has_waiting = sqlite_run_bytes(sqlite_of(t->base.to), &sql, built, storing);
  return t->has_waiting;
}

static bool prepare_wait(sqlite_table *t) {
  bytes sql = {0};
  if (t->wait) return true;
  if (!make_waiting(t)) return false;
  bool ok = append_insert(t, "temp", t->waiting, &sql);
  t->wait = sqlite_prepare(sqlite_of(t->base.to), ok ? sql.data : NULL, storing, NULL);
  bytes_free(&sql);
  return t->wait != NULL;
}

/* ---- what is new about a record's columns */

static bool refuse_field(sqlite_table *t, const char *text, size_t column) {
  json_slice slice;
  const char *base = row_value(&t->base.row, text, column, &slice);
  unsigned kinds = slice.length ? drift_kind(&t->base.columns.list[column], base, slice) : 0;
  return drift_refuse(&t->base, "a record has the new field", t->base.columns.list[column].field, kinds);
}

static bool check_columns(sqlite_table *t, const char *text, size_t known) {
  columns *c = &t->base.columns;
  if (c->count > known && t->base.is_frozen) return refuse_field(t, text, known);
  if (c->count > known && !sqlite_add_columns(t, known)) return false;
  if (t->base.row.more.length && !t->has_more && !sqlite_add_more(t)) return false;
  for (size_t i = 0; i < c->count; i++) {
    json_slice slice;
    const char *base = row_value(&t->base.row, text, i, &slice);
    unsigned kinds = slice.length ? drift_kind(&c->list[i], base, slice) : 0;
    if (kinds & ~c->list[i].kinds && !(drift_widen(&t->base, i, kinds, i >= known) && sqlite_note_kinds(t, i)))
      return false;
  }
  return true;
}

/* ---- a row */

static bool bind(sqlite *q, sqlite3_stmt *s, int place, const value *v) {
  int code = SQLITE_OK;
  switch (v->type) {
  case VALUE_NULL: code = sqlite3_bind_null(s, place); break;
  case VALUE_INTEGER: code = sqlite3_bind_int64(s, place, v->integer); break;
  case VALUE_DOUBLE: code = sqlite3_bind_double(s, place, v->number); break;
  case VALUE_TEXT:
    code = sqlite3_bind_text64(s, place, v->text, v->length, v->is_own ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
  }
  return code == SQLITE_OK || sqlite_failed(q, storing);
}

static bool bind_fields(sqlite_table *t, sqlite3_stmt *s, const char *text) {
  sqlite *q = sqlite_of(t->base.to);
  columns *c = &t->base.columns;
  for (size_t i = 0; i < c->count; i++) {
    json_slice slice;
    value v;
    const char *base = row_value(&t->base.row, text, i, &slice);
    if (!slice.length) continue;
    if (!value_read(base, slice, c->list[i].kinds & COLUMN_TIME, &t->base.row.name, &v))
      return destination_short_of_memory(t->base.to, q->path);
    t->base.counts.replaced += v.is_replaced;
    if (!bind(q, s, (int)i + 1, &v)) return false;
  }
  const bytes *more = &t->base.row.more;
  value rest = {.type = more->length ? VALUE_TEXT : VALUE_NULL, .text = more->data, .length = more->length};
  return !t->has_more || bind(q, s, (int)c->count + 1, &rest);
}

/*
 * What tells the row apart, beside its key. A key that cannot be stored as it is could be taken for another one. False:
 * memory is short.
 */
static bool read_key(sqlite_table *t, const char *text, size_t length, bool *has_key, char apart[KEY_TEXT_SIZE]) {
  bool keyed = t->key_count > 0, odd = false;
  for (size_t i = 0; keyed && i < t->key_count; i++) {
    json_slice slice;
    value v = {0};
    const char *base = row_value(&t->base.row, text, t->key_columns[i], &slice);
    keyed = slice.length > 0;
    if (keyed && !value_read(base, slice, false, &t->base.row.name, &v)) return false;
    keyed = keyed && v.type != VALUE_NULL;
    odd = odd || v.is_replaced;
  }
  apart[0] = 0;
  *has_key = keyed;
  if (!keyed) return row_key_of_text(text, length, apart);
  return !odd || row_key_of_values(&t->base.row, text, t->key_columns, t->key_count, apart);
}

/* The rowid of the last insertion tells an insertion from an update, which sets none. */
static bool store(sqlite_table *t, sqlite3_stmt *s, bool keyed) {
  sqlite *q = sqlite_of(t->base.to);
  int changes = sqlite3_total_changes(q->db);
  sqlite3_set_last_insert_rowid(q->db, 0);
  bool ok = sqlite3_step(s) == SQLITE_DONE || sqlite_failed(q, storing);
  if (ok && keyed && !t->base.replaces) {
    bool changed = sqlite3_total_changes(q->db) != changes, inserted = sqlite3_last_insert_rowid(q->db) != 0;
    t->base.counts.inserted += changed && inserted;
    t->base.counts.updated += changed && !inserted;
    t->base.counts.unchanged += !changed;
  }
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return ok;
}

static bool store_record(sqlite_table *t, const char *text, size_t length, json_entries known) {
  sqlite *q = sqlite_of(t->base.to);
  size_t before = t->base.columns.count;
  char apart[KEY_TEXT_SIZE];
  if (!row_read(&t->base.row, &t->base.columns, &t->base.left_out, text, length, known))
    return destination_short_of_memory(t->base.to, q->path);
  if (!check_columns(t, text, before)) return false;
  bool keyed;
  if (!read_key(t, text, length, &keyed, apart)) return destination_short_of_memory(t->base.to, q->path);
  if (!(keyed ? prepare_upsert(t) : prepare_wait(t))) return false;
  sqlite3_stmt *s = keyed ? t->upsert : t->wait;
  int last = (int)parameters(t);
  if (!bind_fields(t, s, text)) return false;
  sqlite3_bind_text(s, last - 1, t->base.place, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, last, apart, -1, SQLITE_STATIC);
  q->bytes += length;
  return store(t, s, keyed);
}

/* ---- records that are gone: their rows stay, and say since when; one that comes again says nothing there */

static const char marking[] = "marking a row as deleted";

static sqlite3_stmt *prepare_mark(sqlite_table *t, const char *column) {
  bytes sql = {0};
  bool ok = bytes_text(&sql, "UPDATE main.") && sqlite_name(&sql, t->name) && bytes_text(&sql, " SET ") &&
            sqlite_name(&sql, column) && bytes_text(&sql, " = ?1 WHERE _place = ?2 AND _row = ''");
  for (size_t i = 0; ok && i < t->key_count; i++)
    ok = bytes_text(&sql, " AND ") && sqlite_name(&sql, t->base.columns.list[t->key_columns[i]].name) &&
         bytes_printf(&sql, " IS ?%zu", i + 3);
  sqlite3_stmt *s = sqlite_prepare(sqlite_of(t->base.to), ok ? sql.data : NULL, marking, NULL);
  bytes_free(&sql);
  return s;
}

static bool mark(sqlite_table *t, sqlite3_stmt *s, const char *text, size_t column) {
  sqlite *q = sqlite_of(t->base.to);
  for (size_t i = 0; i <= t->key_count; i++) {
    json_slice slice;
    value v = {0};
    size_t from = i ? t->key_columns[i - 1] : column;
    const char *base = row_value(&t->base.row, text, from, &slice);
    bool is_time = t->base.columns.list[from].kinds & COLUMN_TIME;
    if (slice.length && !value_read(base, slice, is_time, &t->base.row.name, &v))
      return destination_short_of_memory(t->base.to, q->path);
    if (!bind(q, s, i ? (int)i + 2 : 1, &v)) return false;
  }
  sqlite3_bind_text(s, 2, t->base.place, -1, SQLITE_STATIC);
  bool ok = sqlite3_step(s) == SQLITE_DONE || sqlite_failed(q, marking);
  if (ok) t->base.counts.updated += sqlite3_changes(q->db);
  sqlite3_reset(s);
  return ok;
}

static bool mark_all(sqlite_table *t, const sink_records *of, sqlite3_stmt *s, size_t column) {
  const char *text;
  size_t at = 0, length;
  bool ok = s != NULL;
  while (ok && sink_next(of, &at, &text, &length))
    ok = (row_read(&t->base.row, &t->base.columns, &t->base.left_out, text, length, sink_entries(of, at)) ||
          destination_short_of_memory(t->base.to, sqlite_of(t->base.to)->path)) &&
         mark(t, s, text, column);
  return ok;
}

static bool mark_deleted(sqlite_table *t, const sink_records *of) {
  sqlite *q = sqlite_of(t->base.to);
  size_t column = columns_named(&t->base.columns, DESTINATION_DELETED);
  if (column == SIZE_MAX || !t->key_count)
    return destination_fail(&q->base, "%s: %s has no %s", q->path, t->name, DESTINATION_DELETED);
  sqlite3_stmt *s = sqlite_begin(q) ? prepare_mark(t, t->base.columns.list[column].name) : NULL;
  bool ok = mark_all(t, of, s, column);
  sqlite3_finalize(s);
  return ok;
}

bool sqlite_records(destination_table *table, const sink_records *of) {
  sqlite_table *t = sqlite_table_of(table);
  sqlite *q = sqlite_of(table->to);
  const char *text;
  size_t at = 0, length;
  if (of->deleted) return mark_deleted(t, of) || sqlite_refuse(t);
  while (sink_next(of, &at, &text, &length)) {
    if (!sqlite_begin(q) || !store_record(t, text, length, sink_entries(of, at))) return sqlite_refuse(t);
    if (q->bytes >= DESTINATION_BATCH && !sqlite_commit(q)) return false;
  }
  return true;
}

/* ---- rows without a key */

/* Equal rows get ordinals behind their digest, which go on where those of earlier states ended: each digest's are
 * counted once (LIMIT has SQLite do so, and not for each row). */
static bool append_settling(const sqlite_table *t, bytes *out) {
  bool ok = bytes_text(out, "INSERT INTO main.") && sqlite_name(out, target(t)) && bytes_text(out, " (") &&
            sqlite_columns(t, out) && bytes_text(out, ") SELECT ");
  for (size_t i = 0; ok && i < t->base.columns.count; i++)
    ok = bytes_text(out, "w.") && sqlite_name(out, t->base.columns.list[i].name) && bytes_text(out, ", ");
  return ok && (!t->has_more || bytes_text(out, "w._more, ")) &&
         bytes_text(out, "w._place, w._row || '-' || (row_number() OVER (PARTITION BY w._row ORDER BY w.rowid) + "
                         "c.earlier) FROM (SELECT d._row, (SELECT count(*) FROM main.") &&
         sqlite_name(out, target(t)) &&
         bytes_text(out, " o WHERE o._place = d._place AND o._row <> '' AND o._row >= d._row || '-' AND o._row < "
                         "d._row || '.') AS earlier FROM (SELECT DISTINCT _row, _place FROM temp.") &&
         sqlite_name(out, t->waiting) && bytes_text(out, ") d LIMIT -1) c JOIN temp.") &&
         sqlite_name(out, t->waiting) && bytes_text(out, " w ON w._row = c._row ORDER BY w.rowid");
}

bool sqlite_settle_waiting(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  bytes sql = {0};
  if (!t->has_waiting) return true;
  bool built = append_settling(t, &sql);
  if (!sqlite_begin(q) || !sqlite_run_bytes(q, &sql, built, storing)) return false;
  if (!t->base.replaces) t->base.counts.inserted += sqlite3_changes(q->db);
  return sqlite_drop_waiting(t);
}

bool sqlite_drop_waiting(sqlite_table *t) {
  bytes sql = {0};
  if (!t->has_waiting) return true;
  bool built = bytes_text(&sql, "DELETE FROM temp.") && sqlite_name(&sql, t->waiting);
  return sqlite_run_bytes(sqlite_of(t->base.to), &sql, built, storing);
}
