/* Views of a table's arrays of {key, value}: a row for each of them. */
#include "destination/sqlite_file.h"

static const char planning[] = "making the views of a stream";

/* What tells our views from those of others, with the table and the column that they read. */
static bool append_source(const sqlite_table *t, const char *column, bytes *sql) {
  return bytes_text(sql, " FROM ") && sqlite_name(sql, t->name) &&
         bytes_text(sql, " t, json_each(CASE WHEN json_valid(t.") && sqlite_name(sql, column) &&
         bytes_text(sql, ") THEN t.") && sqlite_name(sql, column) && bytes_text(sql, " END) p WHERE p.type = 'object'");
}

static bool append_view(const sqlite_table *t, const char *name, const char *column, bytes *sql) {
  bool ok = bytes_text(sql, "CREATE VIEW ") && sqlite_name(sql, name) && bytes_text(sql, " AS SELECT ");
  for (size_t i = 0; ok && i < t->key_count; i++)
    ok = bytes_text(sql, "t.") && sqlite_name(sql, t->base.columns.list[t->key_columns[i]].name) &&
         bytes_text(sql, ", ");
  return ok &&
         bytes_text(sql,
                    "t._place, json_extract(p.value, '$.key') AS key, json_extract(p.value, '$.value') AS value") &&
         append_source(t, column, sql);
}

/* One of ours that reads another table: its owner has renamed that, or the column, and the view went along. */
static bool is_astray(sqlite_table *t, const char *name, const char *column, bool *astray) {
  static const char sql[] =
      "SELECT instr(sql, ?2) = 0 FROM sqlite_master WHERE type = 'view' AND name = ?1 COLLATE NOCASE "
      "AND sql LIKE '% t._place, json_extract(p.value, ''$.key'') AS key, %json_each(CASE WHEN %'";
  sqlite *q = sqlite_of(t->base.to);
  bytes source = {0};
  bool built = append_source(t, column, &source);
  sqlite3_stmt *s = sqlite_prepare(q, built ? sql : NULL, planning, name, source.data, NULL);
  bool found, ok = sqlite_row(q, s, planning, &found);
  *astray = found && sqlite3_column_int(s, 0);
  sqlite3_finalize(s);
  bytes_free(&source);
  return ok;
}

static bool drop(sqlite *q, const char *name) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "DROP VIEW ") && sqlite_name(&sql, name);
  return sqlite_run_bytes(q, &sql, built, planning);
}

/* A view of another owner's that has the name is left alone. */
static bool create_view(sqlite_table *t, const char *field) {
  sqlite *q = sqlite_of(t->base.to);
  size_t at = columns_named(&t->base.columns, field);
  const char *column = at == SIZE_MAX ? NULL : t->base.columns.list[at].name;
  bytes name = {0}, sql = {0};
  bool found = true, astray = false;
  if (!column) return true;
  bool ok = bytes_printf(&name, "%s_%s", t->name, column) && sqlite_find(q, name.data, "%", planning, &found) &&
            (!found || is_astray(t, name.data, column, &astray)) && (!astray || drop(q, name.data));
  if (ok && (!found || astray)) ok = sqlite_run_bytes(q, &sql, append_view(t, name.data, column, &sql), planning);
  bytes_free(&name);
  return ok;
}

bool sqlite_create_views(sqlite_table *t, const destination_plan *plan) {
  for (size_t i = 0; i < plan->field_count; i++)
    if (plan->fields[i].is_pairs && !create_view(t, plan->fields[i].name)) return false;
  return true;
}
