#include "ledger/ledger_sqlite.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 2000

enum { LOOK, NOTE, STATEMENTS };

typedef struct own {
  ledger base;
  const ledger_owner *calls; /* NULL: the file is ours */
  void *owner;
  char *path; /* of our own file, else NULL */
  sqlite3 *db;
  bool has_tables, writing;
  sqlite3_stmt *kept[STATEMENTS];
} own;

static own *of(ledger *l) {
  return (own *)l;
}

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS _perigee_lists (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, place TEXT NOT NULL,"
    " mark INTEGER NOT NULL, UNIQUE (stream, place));"
    "CREATE TABLE IF NOT EXISTS _perigee_sent (list INTEGER NOT NULL, key TEXT NOT NULL, digest BLOB, at INTEGER NOT "
    "NULL,"
    " round INTEGER NOT NULL, mark INTEGER NOT NULL, is_gone INTEGER NOT NULL, PRIMARY KEY (list, key)) WITHOUT ROWID;";

static const char *const texts[STATEMENTS] = {
    [LOOK] = "UPDATE _perigee_sent SET round = ?3 WHERE list = ?1 AND key = ?2 AND NOT is_gone RETURNING digest",
    [NOTE] = "INSERT INTO _perigee_sent VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (list, key) DO UPDATE SET"
             " digest = excluded.digest, at = excluded.at, round = excluded.round, mark = excluded.mark, is_gone = 0",
};

/* ---- failures and statements */

static bool failed(own *o) {
  const char *why = o->db ? sqlite3_errmsg(o->db) : "memory is short";
  bytes_clear(&o->base.failure);
  if (o->path) bytes_printf(&o->base.failure, "%s: ", o->path);
  bool busy = o->db && sqlite3_errcode(o->db) == SQLITE_BUSY;
  bytes_text(&o->base.failure, busy ? "another run uses it; give each a folder of its own" : why);
  if (o->calls) o->calls->failed(o->owner);
  return false;
}

static bool run(own *o, const char *sql) {
  return sqlite3_exec(o->db, sql, NULL, NULL, NULL) == SQLITE_OK || failed(o);
}

/* Numbers for its parameters, from the first on. NULL: it failed. */
static sqlite3_stmt *prepare(own *o, const char *sql, size_t count, ...) {
  sqlite3_stmt *s = NULL;
  va_list numbers;
  va_start(numbers, count);
  if (sqlite3_prepare_v2(o->db, sql, -1, &s, NULL) != SQLITE_OK) (void)failed(o);
  for (size_t i = 0; s && i < count; i++) sqlite3_bind_int64(s, (int)i + 1, va_arg(numbers, int64_t));
  va_end(numbers);
  return s;
}

static bool finish(own *o, sqlite3_stmt *s) {
  if (!s) return false;
  int code;
  do code = sqlite3_step(s);
  while (code == SQLITE_ROW);
  bool ok = code == SQLITE_DONE || failed(o);
  sqlite3_finalize(s);
  return ok;
}

static sqlite3_stmt *kept(own *o, int which) {
  if (!o->kept[which] && sqlite3_prepare_v3(o->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &o->kept[which], NULL))
    (void)failed(o);
  return o->kept[which];
}

/* ---- transactions */

/* The lock that is taken first is kept: nobody else can use the file meanwhile. */
static bool open_file(own *o) {
  if (o->db) return true;
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* these two do nothing once a connection is there */
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (sqlite3_open_v2(o->path, &o->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK) return failed(o);
  sqlite3_busy_timeout(o->db, BUSY_MS);
  return run(o, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                "PRAGMA cache_size = -4096");
}

/* A failure may have had SQLite undo all that waits, other streams' notes and lists, too: what follows would stand
 * there by itself. */
static bool is_undone(const own *o) {
  return o->writing && sqlite3_get_autocommit(o->db);
}

static bool begin(own *o) {
  if (is_undone(o)) return false; /* for the reason that stands there */
  if (o->calls) {
    o->db = o->calls->begin(o->owner);
    if (!o->db) return bytes_text(&o->base.failure, "the database takes nothing any more") && false;
  } else if (!o->writing) {
    if (!open_file(o) || !run(o, "BEGIN IMMEDIATE")) return false;
    o->writing = true;
  }
  o->has_tables = !o->calls && (o->has_tables || run(o, tables));
  return o->has_tables || (o->calls && run(o, tables)); /* an owner may undo them */
}

static bool open_it(ledger *l) {
  return begin(of(l));
}

static bool keep(ledger *l) {
  own *o = of(l);
  if (!o->writing) return true;
  if (is_undone(o)) return false;
  o->writing = false;
  return run(o, "COMMIT");
}

/* ---- lists */

static bool find(own *o, const char *stream, const char *place, int64_t *list, int64_t *mark) {
  sqlite3_stmt *s = prepare(o,
                            "INSERT INTO _perigee_lists (stream, place, mark) VALUES (?1, ?2, 0)"
                            " ON CONFLICT (stream, place) DO UPDATE SET mark = mark RETURNING id, mark",
                            0);
  if (!s) return false;
  sqlite3_bind_text(s, 1, stream, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 2, place, -1, SQLITE_STATIC);
  if (sqlite3_step(s) == SQLITE_ROW) {
    *list = sqlite3_column_int64(s, 0);
    *mark = sqlite3_column_int64(s, 1);
  }
  return finish(o, s);
}

static bool open_list(ledger *l, const char *stream, const char *place, int64_t covered, int64_t *list) {
  own *o = of(l);
  int64_t mark = 0;
  if (!begin(o) || !find(o, stream, place, list, &mark)) return false;
  if (mark <= covered) return true;
  static const char undo[] =
      "UPDATE _perigee_sent SET digest = NULL, is_gone = 0, mark = 0 WHERE list = ?1 AND mark > ?2";
  return finish(o, prepare(o, undo, 2, *list, covered)) &&
         finish(o, prepare(o, "UPDATE _perigee_lists SET mark = ?2 WHERE id = ?1", 2, *list, covered));
}

static bool set_mark(own *o, int64_t list, int64_t mark) {
  return finish(o, prepare(o, "UPDATE _perigee_lists SET mark = ?2 WHERE id = ?1 AND mark < ?2", 2, list, mark));
}

/* ---- rows */

static bool is_same(sqlite3_stmt *s, const key *digest) {
  const void *noted = sqlite3_column_blob(s, 0);
  return noted && !key_is_none(*digest) && sqlite3_column_bytes(s, 0) == (int)sizeof *digest &&
         memcmp(noted, digest, sizeof *digest) == 0;
}

static bool look_at(own *o, sqlite3_stmt *s, const ledger_row *row, bool *same) {
  sqlite3_bind_text64(s, 2, row->key, row->length, SQLITE_STATIC, SQLITE_UTF8);
  int code = sqlite3_step(s);
  *same = code == SQLITE_ROW && is_same(s, &row->digest);
  while (code == SQLITE_ROW) code = sqlite3_step(s);
  bool ok = code == SQLITE_DONE || failed(o);
  sqlite3_reset(s);
  return ok;
}

static bool look(ledger *l, int64_t list, int64_t round, const ledger_row *rows, size_t count, bool *same) {
  own *o = of(l);
  sqlite3_stmt *s = begin(o) ? kept(o, LOOK) : NULL;
  if (!s) return false;
  sqlite3_bind_int64(s, 1, list);
  sqlite3_bind_int64(s, 3, round);
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) ok = look_at(o, s, &rows[i], &same[i]);
  return ok;
}

static bool note_row(own *o, sqlite3_stmt *s, const ledger_row *row) {
  sqlite3_bind_text64(s, 2, row->key, row->length, SQLITE_STATIC, SQLITE_UTF8);
  sqlite3_bind_blob(s, 3, &row->digest, sizeof row->digest, SQLITE_STATIC);
  sqlite3_bind_int64(s, 4, row->at);
  bool ok = sqlite3_step(s) == SQLITE_DONE || failed(o);
  sqlite3_reset(s);
  return ok;
}

static bool note(ledger *l, int64_t list, int64_t round, int64_t mark, const ledger_row *rows, size_t count) {
  own *o = of(l);
  if (!begin(o) || !set_mark(o, list, mark)) return false;
  sqlite3_stmt *s = kept(o, NOTE);
  if (!s) return false;
  sqlite3_bind_int64(s, 1, list);
  sqlite3_bind_int64(s, 5, round);
  sqlite3_bind_int64(s, 6, mark);
  bool ok = true;
  for (size_t i = 0; ok && i < count; i++) ok = note_row(o, s, &rows[i]);
  return ok;
}

/* ---- rows that are gone */

#define UNLISTED "list = ?1 AND round <> ?2 AND at >= ?3 AND NOT is_gone"

static bool gone(ledger *l, int64_t list, int64_t round, int64_t from, const char *more, size_t most, bytes *objects,
                 bytes *last) {
  own *o = of(l);
  if (!begin(o)) return false;
  sqlite3_stmt *s = prepare(o, "SELECT key FROM _perigee_sent WHERE " UNLISTED " ORDER BY key LIMIT ?4", 4, list, round,
                            from, (int64_t)most);
  if (!s) return false;
  bool ok = true;
  int code = sqlite3_step(s);
  for (; ok && code == SQLITE_ROW; code = sqlite3_step(s)) {
    const char *members = (const char *)sqlite3_column_text(s, 0);
    bytes_clear(last);
    ok = members && bytes_text(last, members) &&
         bytes_printf(objects, "%s{%s,%s}", objects->length ? "," : "", members, more);
  }
  if (!ok) bytes_text(&o->base.failure, "memory is short");
  ok = ok && (code == SQLITE_DONE || failed(o));
  sqlite3_finalize(s);
  return ok;
}

static bool forget(ledger *l, int64_t list, int64_t round, int64_t mark, int64_t from, const bytes *last) {
  own *o = of(l);
  if (!begin(o) || !set_mark(o, list, mark)) return false;
  sqlite3_stmt *s =
      prepare(o, "UPDATE _perigee_sent SET is_gone = 1, digest = NULL, mark = ?4 WHERE " UNLISTED " AND key <= ?5", 4,
              list, round, from, mark);
  if (s) sqlite3_bind_text64(s, 5, last->data, last->length, SQLITE_STATIC, SQLITE_UTF8);
  return finish(o, s);
}

/* ---- its life */

static void drop_statements(own *o) {
  for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(o->kept[i]);
  memset(o->kept, 0, sizeof o->kept);
}

static void close_ledger(ledger *l) {
  own *o = of(l);
  drop_statements(o);
  if (!o->calls) {
    (void)keep(l);
    sqlite3_close(o->db);
  }
  bytes_free(&l->failure);
  free(o->path);
  free(o);
}

static own *make(void) {
  static const ledger_calls calls = {.open = open_it,
                                     .list = open_list,
                                     .look = look,
                                     .note = note,
                                     .gone = gone,
                                     .forget = forget,
                                     .keep = keep,
                                     .close = close_ledger};
  own *o = calloc(1, sizeof *o);
  if (o) o->base.calls = &calls;
  return o;
}

ledger *ledger_in(const ledger_owner *calls, void *owner) {
  own *o = make();
  if (!o) return NULL;
  o->calls = calls;
  o->owner = owner;
  return &o->base;
}

ledger *ledger_file(const char *path) {
  own *o = make();
  if (o && (o->path = strdup(path))) return &o->base;
  free(o);
  return NULL;
}
