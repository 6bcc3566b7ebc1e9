/* Tables and their columns: made from what a stream's schema declares, and widened as its records show more. */
#include "base/clock.h"
#include "destination/sqlite_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MANY 8 /* columns: a table without rows is rather made anew */

static const char adding[] = "adding a column";
static const char planning[] = "making the tables of a stream";

void sqlite_forget_statements(sqlite_table *t) {
  sqlite3_finalize(t->upsert);
  sqlite3_finalize(t->wait);
  t->upsert = t->wait = NULL;
}

bool sqlite_columns(const sqlite_table *t, bytes *out) {
  bool ok = true;
  for (size_t i = 0; ok && i < t->base.columns.count; i++)
    ok = sqlite_name(out, t->base.columns.list[i].name) && bytes_text(out, ", ");
  return ok && (!t->has_more || bytes_text(out, "_more, ")) && bytes_text(out, "_place, _row");
}

/* ---- which table a stream has */

/* The table that the stream had before, if any, and what told its rows apart. */
static bool read_known(sqlite_table *t, const destination_plan *plan, bytes *key) {
  sqlite *q = sqlite_of(t->base.to);
  sqlite3_stmt *s =
      sqlite_prepare(q, "SELECT \"table\", key FROM _perigee_tables WHERE stream = ?1", planning, plan->stream, NULL);
  bool found, ok = sqlite_row(q, s, planning, &found);
  if (found) {
    t->name = strdup((const char *)sqlite3_column_text(s, 0));
    ok = t->name && bytes_text(key, (const char *)sqlite3_column_text(s, 1));
  }
  sqlite3_finalize(s);
  return ok;
}

/* Of a table that its owner has dropped nothing is known any more: its state would leave out what was in it. */
static bool forget(sqlite *q, const char *stream) {
  return sqlite_do(q, planning, "DELETE FROM _perigee_columns WHERE stream = ?1", stream) &&
         sqlite_do(q, planning, "DELETE FROM _perigee_states WHERE stream = ?1", stream) &&
         sqlite_do(q, planning, "DELETE FROM _perigee_tables WHERE stream = ?1", stream);
}

/* The stream's own name, unless that of another stream differs from it by case only. */
static bool name_table(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  bytes name = {0};
  bool ok = bytes_text(&name, t->base.stream), found = ok;
  for (int number = 2; ok && found; number++) {
    sqlite3_stmt *s = sqlite_prepare(q, "SELECT 1 FROM _perigee_tables WHERE \"table\" = ?1 COLLATE NOCASE", planning,
                                     name.data, NULL);
    ok = sqlite_row(q, s, planning, &found);
    sqlite3_finalize(s);
    if (found) bytes_clear(&name);
    if (found) ok = bytes_printf(&name, "%s_%d", t->base.stream, number);
  }
  t->name = ok ? strdup(name.data) : NULL;
  bytes_free(&name);
  if (!t->name || !sqlite_find(q, t->name, "%", planning, &found)) return false;
  return !found || destination_fail(&q->base,
                                    "%s: has a table or view %s that perigee did not make; name another file, or "
                                    "rename that",
                                    q->path, t->name);
}

static bool find_table(sqlite_table *t, const destination_plan *plan, bool *known) {
  sqlite *q = sqlite_of(t->base.to);
  bytes key = {0}, before = {0};
  bool ok = destination_join_key(plan, &key), there = false;
  *known = false;
  ok = ok && read_known(t, plan, &before) && (!t->name || sqlite_find(q, t->name, "table", planning, &there));
  if (ok && t->name && !there) {
    free(t->name);
    t->name = NULL;
    ok = forget(q, plan->stream);
  }
  *known = there;
  if (ok && there)
    ok = destination_check_key(&q->base, q->path, t->name, before.data, key.data,
                               "to have it made anew, or name another file");
  if (ok && !there)
    ok = name_table(t) &&
         sqlite_do(q, planning, "INSERT INTO _perigee_tables VALUES (?1, ?2, ?3)", plan->stream, t->name, key.data);
  bytes_free(&key);
  bytes_free(&before);
  return ok;
}

bool sqlite_has(destination *d, const char *stream, bool *has) {
  sqlite *q = sqlite_of(d);
  sqlite3_stmt *s = sqlite_prepare(q, "SELECT 1 FROM _perigee_tables WHERE stream = ?1", planning, stream, NULL);
  bool ok = sqlite_row(q, s, planning, has);
  sqlite3_finalize(s);
  return ok;
}

/* ---- columns */

/* What the table's owner has added keeps its values: a field of that name gets another column. */
static bool reserve_others(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  sqlite3_stmt *s = sqlite_prepare(q,
                                   "SELECT name FROM pragma_table_info(?2) WHERE name NOT IN "
                                   "(SELECT \"column\" FROM _perigee_columns WHERE stream = ?1)",
                                   planning, t->base.stream, t->name, NULL);
  bool ok = true, found = true;
  while (ok && (ok = sqlite_row(q, s, planning, &found)) && found)
    ok = columns_reserve(&t->base.columns, (const char *)sqlite3_column_text(s, 0));
  sqlite3_finalize(s);
  return ok;
}

static bool load_columns(sqlite_table *t) {
  sqlite *q = sqlite_of(t->base.to);
  sqlite3_stmt *s =
      sqlite_prepare(q, "SELECT field, \"column\", type FROM _perigee_columns WHERE stream = ?1 ORDER BY rowid",
                     planning, t->base.stream, NULL);
  bool ok = true, found = true;
  while (ok && (ok = sqlite_row(q, s, planning, &found)) && found) {
    const char *field = (const char *)sqlite3_column_text(s, 0), *name = (const char *)sqlite3_column_text(s, 1);
    bool more = strcmp(name, "_more") == 0;
    t->has_more = t->has_more || more;
    ok = more ||
         columns_add(&t->base.columns, field, name, columns_kinds((const char *)sqlite3_column_text(s, 2))) != SIZE_MAX;
  }
  sqlite3_finalize(s);
  return ok;
}

static bool describe(unsigned kinds, bytes *out) {
  return columns_describe(kinds, out) && bytes_append(out, "", 1);
}

bool sqlite_note_kinds(sqlite_table *t, size_t column) {
  bytes words = {0};
  bool ok = describe(t->base.columns.list[column].kinds, &words) &&
            sqlite_do(sqlite_of(t->base.to), "noting a column's kind",
                      "UPDATE _perigee_columns SET type = ?3 WHERE stream = ?1 AND \"column\" = ?2", t->base.stream,
                      t->base.columns.list[column].name, words.data);
  bytes_free(&words);
  return ok;
}

static bool register_column(sqlite_table *t, const char *field, const char *name, unsigned kinds) {
  bytes words = {0};
  char now[CLOCK_TEXT_SIZE];
  bool ok = clock_format(clock_now(), now) && describe(kinds, &words) &&
            sqlite_do(sqlite_of(t->base.to), planning, "INSERT INTO _perigee_columns VALUES (?1, ?2, ?3, ?4, ?5)",
                      t->base.stream, field, name, words.data, now);
  bytes_free(&words);
  return ok;
}

static bool alter(sqlite_table *t, const char *schema, const char *table, const char *column) {
  bytes sql = {0};
  bool built = bytes_printf(&sql, "ALTER TABLE %s.", schema) && sqlite_name(&sql, table) &&
               bytes_text(&sql, " ADD COLUMN ") && sqlite_name(&sql, column);
  return sqlite_run_bytes(sqlite_of(t->base.to), &sql, built, adding);
}

static bool add_to_all(sqlite_table *t, const char *column) {
  return alter(t, "main", t->name, column) && (!t->base.replaces || alter(t, "main", t->beside, column)) &&
         (!t->has_waiting || alter(t, "temp", t->waiting, column));
}

bool sqlite_add_more(sqlite_table *t) {
  sqlite_forget_statements(t);
  if (!add_to_all(t, "_more") || !register_column(t, "", "_more", columns_kinds("object"))) return false;
  destination_note(&t->base, "more than %d fields: the others stand in the column _more, as JSON", COLUMNS_MOST);
  return t->has_more = true;
}

/* The schema's fields that have no column yet get one; what it declares for those that have is added to their kinds. */
static bool plan_columns(sqlite_table *t, const destination_plan *plan, size_t known) {
  columns *c = &t->base.columns;
  for (size_t i = 0; i < plan->field_count; i++) {
    const destination_field *f = &plan->fields[i];
    if (destination_leaves_out(plan, f->name)) continue;
    size_t at = columns_named(c, f->name);
    if (at == SIZE_MAX && !columns_are_full(c) && columns_add(c, f->name, NULL, f->kinds) == SIZE_MAX) return false;
    if (at == SIZE_MAX || !(f->kinds & ~c->list[at].kinds)) continue;
    c->list[at].kinds |= f->kinds;
    if (at < known && !sqlite_note_kinds(t, at)) return false;
  }
  return true;
}

static bool plan_key(sqlite_table *t, const destination_plan *plan) {
  bytes names = {0};
  bool ok = bytes_text(&names, "");
  for (size_t i = 0; ok && i < plan->key_count; i++) {
    size_t at = columns_named(&t->base.columns, plan->key[i]);
    if (at == SIZE_MAX) at = columns_add(&t->base.columns, plan->key[i], NULL, 0);
    ok = at != SIZE_MAX && sqlite_name(&names, t->base.columns.list[at].name) && bytes_text(&names, ", ");
    if (ok) t->key_columns[t->key_count++] = at;
  }
  t->key = ok && bytes_append(&names, "", 1) ? strdup(names.data) : NULL;
  bytes_free(&names);
  return t->key != NULL;
}

/* ---- making tables */

/* Rows whose key is null are found by what stands in _row in its place. A table that its owner has renamed has the name
 * still. */
static bool index_rows(const char *table, bytes *sql) {
  bytes name = {0};
  bool ok = bytes_printf(&name, "_perigee_rows_%s", table) && bytes_text(sql, "; DROP INDEX IF EXISTS ") &&
            sqlite_name(sql, name.data) && bytes_text(sql, "; CREATE INDEX ") && sqlite_name(sql, name.data) &&
            bytes_text(sql, " ON ") && sqlite_name(sql, table) && bytes_text(sql, " (_row) WHERE _row <> ''");
  bytes_free(&name);
  return ok;
}

/* No column has a type: SQLite would turn a text of many digits into a float in those for numbers. */
static bool create(sqlite_table *t, const char *table) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "CREATE TABLE ") && sqlite_name(&sql, table) && bytes_text(&sql, " (");
  for (size_t i = 0; built && i < t->base.columns.count; i++)
    built = sqlite_name(&sql, t->base.columns.list[i].name) && bytes_text(&sql, ", ");
  built = built && (!t->has_more || bytes_text(&sql, "_more, ")) &&
          bytes_printf(&sql, "_place TEXT NOT NULL, _row TEXT NOT NULL DEFAULT '', UNIQUE (%s_place, _row))", t->key);
  if (built && t->key_count) built = index_rows(table, &sql);
  return sqlite_run_bytes(sqlite_of(t->base.to), &sql, built, planning);
}

/* ---- columns that records bring */

/* Is there no row in it, and nothing that its owner has made for it? */
static bool is_bare(sqlite_table *t, const char *table, bool *bare) {
  sqlite *q = sqlite_of(t->base.to);
  bytes sql = {0};
  bool built = bytes_text(&sql, "SELECT NOT EXISTS (SELECT 1 FROM main.") && sqlite_name(&sql, table) &&
               bytes_text(&sql, ") AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE tbl_name = ?1 AND type <> 'table'"
                                " AND name NOT LIKE 'sqlite_autoindex%' AND name NOT LIKE '_perigee_rows_%')");
  sqlite3_stmt *s = sqlite_prepare(q, built ? sql.data : NULL, adding, table, NULL);
  bytes_free(&sql);
  bool found, ok = sqlite_row(q, s, adding, &found);
  *bare = found && sqlite3_column_int(s, 0);
  sqlite3_finalize(s);
  return ok;
}

static bool remake(sqlite_table *t, const char *table) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "DROP TABLE main.") && sqlite_name(&sql, table);
  return sqlite_run_bytes(sqlite_of(t->base.to), &sql, built, adding) && create(t, table);
}

/* SQLite adds one column a statement, and reads all of the schema anew for each. */
static bool add_to(sqlite_table *t, const char *table, size_t first) {
  const columns *c = &t->base.columns;
  bool bare = false, ok = true;
  if (c->count - first >= MANY && !is_bare(t, table, &bare)) return false;
  if (bare) return remake(t, table);
  for (size_t i = first; ok && i < c->count; i++) ok = alter(t, "main", table, c->list[i].name);
  return ok;
}

bool sqlite_add_columns(sqlite_table *t, size_t first) {
  const columns *c = &t->base.columns;
  sqlite_forget_statements(t);
  bool ok = add_to(t, t->name, first) && (!t->base.replaces || add_to(t, t->beside, first));
  for (size_t i = first; ok && i < c->count; i++)
    ok = (!t->has_waiting || alter(t, "temp", t->waiting, c->list[i].name)) &&
         register_column(t, c->list[i].field, c->list[i].name, c->list[i].kinds);
  return ok;
}

/* A column that its owner has dropped is made anew, and so is one that was added since in the table beside. */
static bool complete(sqlite_table *t, const char *table) {
  static const char sql[] = "SELECT \"column\" FROM _perigee_columns WHERE stream = ?1 AND \"column\" NOT IN "
                            "(SELECT name FROM pragma_table_info(?2))";
  bytes lacking = {0};
  sqlite *q = sqlite_of(t->base.to);
  sqlite3_stmt *s = sqlite_prepare(q, sql, planning, t->base.stream, table, NULL);
  bool ok = true, found = true;
  while (ok && (ok = sqlite_row(q, s, planning, &found)) && found)
    ok = bytes_text(&lacking, (const char *)sqlite3_column_text(s, 0)) && bytes_append(&lacking, "", 1);
  sqlite3_finalize(s);
  const char *p = lacking.data;
  for (; ok && p && p < lacking.data + lacking.length; p += strlen(p) + 1) ok = alter(t, "main", table, p);
  bytes_free(&lacking);
  return ok;
}

static bool make_table(sqlite_table *t, const destination_plan *plan) {
  bool known;
  if (!find_table(t, plan, &known) || !load_columns(t) || !reserve_others(t)) return false;
  size_t first = t->base.columns.count;
  if (!plan_key(t, plan) || !plan_columns(t, plan, first)) return false; /* the key has the plainest names */
  t->is_new = !known;
  if (!(known ? complete(t, t->name) : create(t, t->name))) return false;
  for (size_t i = first; i < t->base.columns.count; i++) {
    const table_column *c = &t->base.columns.list[i];
    if (known && !alter(t, "main", t->name, c->name)) return false;
    if (!register_column(t, c->field, c->name, c->kinds)) return false;
  }
  return (t->is_new || sqlite_move_places(t, plan)) && sqlite_create_views(t, plan);
}

/* ---- rows that replace what is there wait in a table of their own, which a run that was cut goes on with */

static bool drop_beside(sqlite_table *t) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "DROP TABLE IF EXISTS ") && sqlite_name(&sql, t->beside);
  sqlite *q = sqlite_of(t->base.to);
  return sqlite_run_bytes(q, &sql, built, planning) &&
         sqlite_do(q, planning, "DELETE FROM _perigee_states WHERE stream = ?1 AND is_replacing", t->base.stream);
}

static char *name_after(const sqlite_table *t, const char *before) {
  bytes name = {0};
  char *copy = bytes_printf(&name, "%s%s", before, t->name) ? strdup(name.data) : NULL;
  bytes_free(&name);
  return copy;
}

static bool name_others(sqlite_table *t) {
  t->beside = name_after(t, "_perigee_new_");
  t->waiting = name_after(t, "_perigee_waiting_");
  return t->beside && t->waiting;
}

/* The state of a table in which nothing waits any more would leave rows out. */
static bool find_place(sqlite_table *t, bool resumes) {
  bool found = false, there = false;
  if (!name_others(t)) return false;
  if (t->base.replaces && resumes &&
      (!sqlite_read_state(t, true, &found) ||
       !sqlite_find(sqlite_of(t->base.to), t->beside, "table", planning, &there)))
    return false;
  if (found && there) return true;
  bytes_clear(&t->base.state);
  if (!drop_beside(t)) return false;
  return t->base.replaces ? create(t, t->beside) : sqlite_read_state(t, false, &found);
}

/* The table alone: what failed is no matter of the file's. */
static void refuse(sqlite_table *t, const destination_plan *plan) {
  sqlite *q = sqlite_of(t->base.to);
  destination_refuse(&q->base, &t->base);
  sqlite_undo(q);
  (void)(sqlite_begin(q) && sqlite_note_refused(q, plan) && sqlite_commit(q));
  sqlite_free_table(&t->base);
}

/* In a transaction of its own, since it may be undone: rows of others are committed before. */
destination_table *sqlite_plan(destination *d, const destination_plan *plan) {
  sqlite *q = sqlite_of(d);
  sqlite_table *t = calloc(1, sizeof *t);
  bool ok = t && destination_add(d, &t->base, plan);
  ok = ok && sqlite_commit(q) && sqlite_begin(q) && make_table(t, plan) && find_place(t, plan->resumes) &&
       (!t->base.replaces || complete(t, t->beside)) && sqlite_begin_run(t) && sqlite_commit(q);
  if (ok) return &t->base;
  destination_short_of_memory(d, q->path);
  if (t && !d->is_grave) refuse(t, plan);
  return NULL;
}
