#include "compare/store.h"

#include <string.h>

#define MOST_FIELDS "1000" /* of a stream, in a report */

static const char tables[] =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
    "PRAGMA temp_store = FILE;"
    "CREATE TABLE rows (number INTEGER PRIMARY KEY, stream INTEGER, key BLOB, side INTEGER, first INTEGER,"
    " second INTEGER, written INTEGER);"
    "CREATE TABLE bodies (number INTEGER PRIMARY KEY, body TEXT);"
    "CREATE TABLE fields (stream INTEGER, of_state INTEGER, field TEXT, a TEXT, b TEXT, records INTEGER, last INTEGER,"
    " key TEXT, a_value TEXT, b_value TEXT, PRIMARY KEY (stream, of_state, field, a, b)) WITHOUT ROWID;"
    "BEGIN";

static bool fail(store *s, const char *doing) {
  bool full = s->db && sqlite3_errcode(s->db) == SQLITE_FULL;
  bytes_printf(&s->failure, "the temporary database: %s failed: %s%s", doing,
               s->db ? sqlite3_errmsg(s->db) : "memory is short",
               full ? "; name a folder with room for both files in TMPDIR" : "");
  return false;
}

static bool prepare(store *s, sqlite3_stmt **statement, const char *sql) {
  return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) == SQLITE_OK;
}

bool store_open(store *s) {
  bool ok = sqlite3_open_v2("", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
            sqlite3_exec(s->db, tables, NULL, NULL, NULL) == SQLITE_OK &&
            prepare(s, &s->add_row, "INSERT INTO rows VALUES (NULL, ?, ?, ?, ?, ?, ?)") &&
            prepare(s, &s->add_body, "INSERT INTO bodies VALUES (?, ?)") &&
            prepare(s, &s->find_body, "SELECT body FROM bodies WHERE number = ?") &&
            prepare(s, &s->walk,
                    "SELECT number, stream, key, side, first, second, written FROM rows"
                    " ORDER BY stream, key, side, number") &&
            prepare(s, &s->add_field,
                    "INSERT INTO fields VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE"
                    " SET records = records + (last <> excluded.last), last = excluded.last");
  return ok || fail(s, "opening");
}

void store_close(store *s) {
  sqlite3_finalize(s->add_row);
  sqlite3_finalize(s->add_body);
  sqlite3_finalize(s->find_body);
  sqlite3_finalize(s->add_field);
  sqlite3_finalize(s->walk);
  sqlite3_close(s->db);
  bytes_free(&s->failure);
  *s = (store){0};
}

static void bind_bytes(sqlite3_stmt *statement, int place, const bytes *text) {
  sqlite3_bind_text64(statement, place, text->data ? text->data : "", text->length, SQLITE_STATIC, SQLITE_UTF8);
}

/* What was bound is the caller's, and must not be looked at later. */
static bool finish(store *s, sqlite3_stmt *statement, const char *doing) {
  bool ok = sqlite3_step(statement) == SQLITE_DONE || fail(s, doing);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return ok;
}

bool store_add(store *s, const stored_row *row, const bytes *body) {
  sqlite3_bind_int64(s->add_row, 1, row->stream);
  sqlite3_bind_blob64(s->add_row, 2, row->key, row->key_length, SQLITE_STATIC);
  sqlite3_bind_int(s->add_row, 3, row->side);
  sqlite3_bind_int64(s->add_row, 4, (sqlite3_int64)row->values[0]);
  sqlite3_bind_int64(s->add_row, 5, (sqlite3_int64)row->values[1]);
  sqlite3_bind_int64(s->add_row, 6, (sqlite3_int64)row->written);
  if (!finish(s, s->add_row, "keeping a record")) return false;
  sqlite3_bind_int64(s->add_body, 1, sqlite3_last_insert_rowid(s->db));
  bind_bytes(s->add_body, 2, body);
  return finish(s, s->add_body, "keeping a record");
}

bool store_next(store *s, stored_row *row, bool *more) {
  int code = sqlite3_step(s->walk);
  *more = code == SQLITE_ROW;
  if (!*more) return code == SQLITE_DONE || fail(s, "sorting");
  *row =
      (stored_row){.number = sqlite3_column_int64(s->walk, 0),
                   .stream = sqlite3_column_int64(s->walk, 1),
                   .key = sqlite3_column_blob(s->walk, 2),
                   .key_length = (size_t)sqlite3_column_bytes(s->walk, 2),
                   .side = sqlite3_column_int(s->walk, 3),
                   .values = {(uint64_t)sqlite3_column_int64(s->walk, 4), (uint64_t)sqlite3_column_int64(s->walk, 5)},
                   .written = (uint64_t)sqlite3_column_int64(s->walk, 6)};
  return true;
}

bool store_body(store *s, int64_t number, bytes *body) {
  sqlite3_bind_int64(s->find_body, 1, number);
  bool ok = sqlite3_step(s->find_body) == SQLITE_ROW &&
            bytes_append(body, sqlite3_column_text(s->find_body, 0), (size_t)sqlite3_column_bytes(s->find_body, 0));
  if (!ok) fail(s, "reading a record");
  sqlite3_reset(s->find_body);
  return ok;
}

bool store_add_field(store *s, const stored_field *field) {
  sqlite3_stmt *add = s->add_field;
  sqlite3_bind_int64(add, 1, field->stream);
  sqlite3_bind_int(add, 2, field->of_state);
  sqlite3_bind_text(add, 3, field->path, -1, SQLITE_STATIC);
  sqlite3_bind_text(add, 4, field->kind_a, -1, SQLITE_STATIC);
  sqlite3_bind_text(add, 5, field->kind_b, -1, SQLITE_STATIC);
  sqlite3_bind_int64(add, 6, field->number);
  bind_bytes(add, 7, field->key);
  bind_bytes(add, 8, field->a);
  bind_bytes(add, 9, field->b);
  return finish(s, add, "noting a difference");
}

/* Members of a path may be called anything, so the JSON is SQLite's. */
bool store_fields(store *s, int64_t stream, bool of_state, bytes *json) {
  sqlite3_stmt *list = NULL;
  bool ok =
      prepare(s, &list,
              "SELECT json_group_array(json_object('field', field, 'a', a, 'b', b, 'records', records, 'key', key,"
              " 'a_value', a_value, 'b_value', b_value)) FROM (SELECT * FROM fields WHERE stream = ?1"
              " AND of_state = ?2 ORDER BY records DESC, field LIMIT " MOST_FIELDS ")");
  if (ok) sqlite3_bind_int64(list, 1, stream), sqlite3_bind_int(list, 2, of_state);
  ok = ok && sqlite3_step(list) == SQLITE_ROW &&
       bytes_append(json, sqlite3_column_text(list, 0), (size_t)sqlite3_column_bytes(list, 0));
  if (!ok) fail(s, "listing the differences");
  sqlite3_finalize(list);
  return ok;
}
