#include "destination/sqlite.h"

#include "base/clock.h"
#include "base/signals.h"
#include "destination/sqlite_file.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT 3 /* 1 had no total in _perigee_syncs, 2 one row a stream there */
#define PROBES 5 /* for the lock of another sync, which `status` has for a moment, too */
#define PROBE_MS 20
#define BUSY_MS 60000 /* for which another program may hold its own lock */

sqlite *sqlite_of(destination *d) {
  return (sqlite *)d;
}

sqlite_table *sqlite_table_of(destination_table *t) {
  return (sqlite_table *)t;
}

/* ---- failures and statements */

/* What a table, its columns or something of its owner's refuses; all else is wrong with the file or the system. */
static bool is_of_table(int code) {
  return code == SQLITE_ERROR || code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH;
}

bool sqlite_refuse(sqlite_table *t) {
  const sqlite *q = sqlite_of(t->base.to);
  bool undone = q->writing && sqlite3_get_autocommit(q->db); /* as a trigger may, with all that others have */
  return !q->base.is_grave && !undone && q->base.failure.length && destination_refuse_rows(&t->base);
}

bool sqlite_failed(sqlite *q, const char *doing) {
  int code = q->db ? sqlite3_errcode(q->db) : SQLITE_NOMEM;
  const char *help = "";
  if (!q->base.failure.length) q->base.is_grave = !is_of_table(code);
  if (code == SQLITE_FULL) help = "; make room, and sync again: it goes on from what is kept";
  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN)
    help = "; perigee's user must be allowed to write to it, and to make files beside it";
  if (code == SQLITE_BUSY) help = "; another program writes to it, and does not end; end that, and sync again";
  if (code == SQLITE_BUSY && q->base.deadline) help = "; a signal came while another program wrote to it";
  return destination_fail(&q->base, "%s: %s failed: %s%s", q->path, doing,
                          q->db ? sqlite3_errmsg(q->db) : "memory is short", help);
}

bool sqlite_run(sqlite *q, const char *sql, const char *doing) {
  if (!sql) return destination_short_of_memory(&q->base, q->path);
  return sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK || sqlite_failed(q, doing);
}

bool sqlite_run_bytes(sqlite *q, bytes *sql, bool built, const char *doing) {
  bool ok = sqlite_run(q, built ? sql->data : NULL, doing);
  bytes_free(sql);
  return ok;
}

sqlite3_stmt *sqlite_prepare(sqlite *q, const char *sql, const char *doing, ...) {
  sqlite3_stmt *s = NULL;
  if (!sql) destination_short_of_memory(&q->base, q->path);
  if (!sql) return NULL;
  if (sqlite3_prepare_v2(q->db, sql, -1, &s, NULL) != SQLITE_OK) {
    sqlite_failed(q, doing);
    return NULL;
  }
  va_list texts;
  va_start(texts, doing);
  int place = 1;
  int code = SQLITE_OK;
  for (const char *text; code == SQLITE_OK && (text = va_arg(texts, const char *)); place++)
    code = sqlite3_bind_text(s, place, text, -1, SQLITE_TRANSIENT);
  va_end(texts);
  if (code == SQLITE_OK) return s;
  sqlite_failed(q, doing);
  sqlite3_finalize(s);
  return NULL;
}

bool sqlite_row(sqlite *q, sqlite3_stmt *s, const char *doing, bool *found) {
  int code = s ? sqlite3_step(s) : SQLITE_ERROR;
  *found = code == SQLITE_ROW;
  return *found || code == SQLITE_DONE || (s && sqlite_failed(q, doing));
}

bool sqlite_find(sqlite *q, const char *name, const char *type, const char *doing, bool *found) {
  sqlite3_stmt *s = sqlite_prepare(q, "SELECT 1 FROM sqlite_master WHERE name = ?1 COLLATE NOCASE AND type LIKE ?2",
                                   doing, name, type, NULL);
  bool ok = sqlite_row(q, s, doing, found);
  sqlite3_finalize(s);
  return ok;
}

bool sqlite_finish(sqlite *q, sqlite3_stmt *s, const char *doing) {
  if (!s) return false;
  int code;
  do code = sqlite3_step(s);
  while (code == SQLITE_ROW);
  bool ok = code == SQLITE_DONE || sqlite_failed(q, doing);
  sqlite3_finalize(s);
  return ok;
}

bool sqlite_name(bytes *out, const char *name) {
  bool ok = bytes_text(out, "\"");
  for (; ok && *name; name++) ok = bytes_append(out, name, 1) && (*name != '"' || bytes_text(out, "\""));
  return ok && bytes_text(out, "\"");
}

/* ---- transactions */

/* Nothing follows a failure from which whoever met it goes on, as streams do from the ledger's: SQLite may have undone
 * the transaction, and the next state would be kept by itself, without its rows. */
bool sqlite_begin(sqlite *q) {
  if (q->base.failure.length) return false;
  if (q->writing) return true;
  if (!sqlite_run(q, "BEGIN IMMEDIATE", "beginning to write")) return false;
  q->writing = true;
  q->base.since = clock_ticks();
  q->bytes = 0;
  return true;
}

void sqlite_undo(sqlite *q) {
  sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL); /* there may be none any more */
  q->writing = false;
  q->base.since = 0;
}

bool sqlite_commit(sqlite *q) {
  if (q->base.failure.length) return false;
  if (!q->writing) return true;
  if (!sqlite_run(q, "COMMIT", "writing")) {
    q->base.is_grave = true; /* what it holds is of all streams */
    return false;
  }
  q->writing = false;
  q->base.since = 0;
  return true;
}

/* Rows with a key may be committed before their state: if that never comes, the next run writes the same rows again. */
static bool flush(destination *d) {
  return sqlite_commit(sqlite_of(d));
}

/* ---- closing */

void sqlite_free_table(destination_table *t) {
  sqlite_table *own = sqlite_table_of(t);
  sqlite_forget_statements(own);
  free(own->name);
  free(own->beside);
  free(own->waiting);
  free(own->key);
  destination_table_clear(t);
  free(own);
}

/* At rest the file needs no other ones beside it, so that whoever may read it can. Others who read it now keep them. */
static void leave_log(sqlite *q) {
  sqlite3_busy_timeout(q->db, 0);
  sqlite3_exec(q->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
}

/* What is written goes as far as it is covered; after a failure, whatever fails once more is not told. */
static void end_writing(sqlite *q) {
  bool failed = q->base.failure.length > 0;
  if (!failed) sqlite_interrupt_runs(q);
  if (!sqlite3_get_autocommit(q->db)) sqlite3_exec(q->db, failed ? "ROLLBACK" : "COMMIT", NULL, NULL, NULL);
  if (!failed) return;
  q->writing = false;
  sqlite3_busy_timeout(q->db, 0);
  if (q->base.tables) sqlite_fail_runs(q);
}

static void close_file(destination *d) {
  sqlite *q = sqlite_of(d);
  if (q->db) end_writing(q);
  while (d->tables) {
    destination_table *t = d->tables;
    d->tables = t->next;
    sqlite_free_table(t);
  }
  if (d->ledger) d->ledger->calls->close(d->ledger);
  if (q->db && !d->failure.length) leave_log(q);
  sqlite3_close(q->db);
  if (q->lock >= 0) close(q->lock); /* behind SQLite, whose own locks end with any descriptor of the file */
  destination_clear(d);
  free(q->path);
  free(q);
}

/* ---- opening */

/* The lock is flock's, which SQLite does not use: it tells syncs of each other, and lets all others read and write. */
static bool lock_file(sqlite *q, const char *path, bool *fresh, destination_code *code) {
  struct stat is;
  *code = DESTINATION_REFUSED;
  q->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (q->lock < 0 && errno == EISDIR) return destination_fail(&q->base, "%s: is a folder; name a file in it", path);
  if (q->lock < 0) return destination_fail(&q->base, "%s: cannot be opened: %s", path, strerror(errno));
  if (fstat(q->lock, &is) != 0) return destination_fail(&q->base, "%s: %s", path, strerror(errno));
  *fresh = is.st_size == 0;
  for (int times = 0; times < PROBES; times++) {
    if (flock(q->lock, LOCK_EX | LOCK_NB) == 0) return true;
    clock_pause(PROBE_MS);
  }
  *code = DESTINATION_IN_USE;
  return destination_fail(&q->base, "%s: another sync writes to it; wait for its end, or name another file", path);
}

#define SYNCS                                                                                                          \
  "CREATE TABLE _perigee_syncs (sync INTEGER NOT NULL, stream TEXT NOT NULL, place TEXT NOT NULL,"                     \
  " began TEXT NOT NULL, ended TEXT, result TEXT NOT NULL, message TEXT, new INTEGER, updated INTEGER,"                \
  " unchanged INTEGER, removed INTEGER, requests INTEGER, received_bytes INTEGER, retries INTEGER, waits INTEGER,"     \
  " waited_seconds REAL, total INTEGER, UNIQUE (sync, stream, place));"

static const char tables[] =
    "CREATE TABLE _perigee_format (version INTEGER NOT NULL);"
    "INSERT INTO _perigee_format VALUES (3);"
    "CREATE TABLE _perigee_tables (stream TEXT PRIMARY KEY, \"table\" TEXT NOT NULL, key TEXT NOT NULL);"
    "CREATE TABLE _perigee_columns (stream TEXT NOT NULL, field TEXT NOT NULL, \"column\" TEXT NOT NULL,"
    " type TEXT NOT NULL, first_seen TEXT NOT NULL, UNIQUE (stream, \"column\"));"
    "CREATE TABLE _perigee_states (stream TEXT NOT NULL, place TEXT NOT NULL, is_replacing INTEGER NOT NULL,"
    " state TEXT NOT NULL, written TEXT NOT NULL, UNIQUE (stream, place, is_replacing));" SYNCS;

/* What files of an older format lack. */
static bool upgrade(sqlite *q, int format) {
  static const char total[] = "ALTER TABLE _perigee_syncs ADD COLUMN total INTEGER";
  static const char places[] = "ALTER TABLE _perigee_syncs RENAME TO _perigee_syncs_before;" SYNCS
                               "INSERT INTO _perigee_syncs SELECT * FROM _perigee_syncs_before;"
                               "DROP TABLE _perigee_syncs_before; UPDATE _perigee_format SET version = 3";
  return (format >= 2 || sqlite_run(q, total, "making tables")) &&
         (format >= 3 || sqlite_run(q, places, "making tables"));
}

bool sqlite_read_format(sqlite *q, int *format) {
  bool found;
  *format = 0;
  if (!sqlite_find(q, "_perigee_format", "%", "reading", &found)) return false;
  if (!found) return true;
  sqlite3_stmt *s = sqlite_prepare(q, "SELECT max(version) FROM _perigee_format", "reading", NULL);
  bool ok = sqlite_row(q, s, "reading", &found);
  if (found) *format = sqlite3_column_int(s, 0);
  sqlite3_finalize(s);
  return ok;
}

/* Of the last run, as each looks at the one before: who has the lock is the only one that runs. */
static bool note_untold(sqlite *q) {
  return sqlite_run(q,
                    "UPDATE _perigee_syncs SET result = 'interrupted', message = '" DESTINATION_UNTOLD "'"
                    " WHERE result = 'running' AND sync = (SELECT max(sync) FROM _perigee_syncs)",
                    "writing");
}

static bool make_tables(sqlite *q, destination_code *code) {
  int format;
  if (!sqlite_begin(q) || !sqlite_read_format(q, &format)) return false;
  if (format > FORMAT) {
    *code = DESTINATION_FOREIGN;
    return destination_fail(&q->base, "%s: was written by a newer perigee (format %d; this one knows %d)", q->path,
                            format, FORMAT);
  }
  if (!(format ? upgrade(q, format) && note_untold(q) : sqlite_run(q, tables, "making tables"))) return false;
  sqlite3_stmt *s = sqlite_prepare(q, "SELECT coalesce(max(sync), 0) + 1 FROM _perigee_syncs", "reading", NULL);
  bool found, ok = sqlite_row(q, s, "reading", &found);
  if (found) q->run = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
  return ok && sqlite_commit(q);
}

/* Another program's lock: looked at again after ten, twenty, … ms, and no longer than a signal allows. */
static int wait_busy(void *with, int times) {
  sqlite *q = with;
  int64_t left = destination_time_left(&q->base), ms = times < 9 ? 10 * (times + 1) : 100;
  if (!times) q->busy_since = clock_ticks();
  if (left == 0 || clock_ticks() - q->busy_since >= BUSY_MS) return 0;
  if (left < 0)
    (void)signals_wait(ms);
  else
    clock_pause(ms); /* a signal has come already */
  return 1;
}

/* SQLite itself waits for no other program here. */
static int use_log(sqlite *q) {
  int code, times = 0;
  do code = sqlite3_exec(q->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
  while (code == SQLITE_BUSY && wait_busy(q, times++));
  return code;
}

/* Pages of 64 KiB, as records are large: of 16, there are a tenth more bytes, and four times as many writes. The log is
 * emptied at 8 MB; what is kept in memory is bounded. A power failure may take back the newest commits, each whole, so
 * that no state is without its rows (synchronous). */
static bool set_up(sqlite *q, bool fresh, destination_code *code) {
  if (fresh && !sqlite_run(q, "PRAGMA page_size = 65536", "opening")) return false;
  if (use_log(q) != SQLITE_OK) {
    bool foreign = sqlite3_errcode(q->db) == SQLITE_NOTADB;
    if (foreign) *code = DESTINATION_FOREIGN;
    return foreign ? destination_fail(&q->base, "%s: is no SQLite database; name another file", q->path)
                   : sqlite_failed(q, "opening");
  }
  return sqlite_run(q,
                    "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 128; PRAGMA cache_size = -8192;"
                    "PRAGMA foreign_keys = OFF; PRAGMA temp_store = FILE",
                    "opening") &&
         make_tables(q, code);
}

/* A name such as ":memory:" is a file's, too. One thread works with SQLite, so that it needs no locks of its own. */
bool sqlite_connect(sqlite *q, const char *path, int how) {
  bytes plain = {0};
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* these two do nothing once a connection is there */
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  bool ok = bytes_printf(&plain, "%s%s", *path == ':' ? "./" : "", path) &&
            sqlite3_open_v2(plain.data, &q->db, how, NULL) == SQLITE_OK;
  bytes_free(&plain);
  if (ok) sqlite3_busy_handler(q->db, wait_busy, q);
  return ok || sqlite_failed(q, "opening");
}

destination *sqlite_open(const char *path, bytes *why, destination_code *code) {
  static const destination_calls calls = {.has = sqlite_has,
                                          .places = sqlite_places,
                                          .table = sqlite_plan,
                                          .records = sqlite_records,
                                          .state = sqlite_state,
                                          .end = sqlite_end,
                                          .flush = flush,
                                          .keep_secret = sqlite_keep_secret,
                                          .kept_secret = sqlite_kept_secret,
                                          .close = close_file};
  sqlite *q = calloc(1, sizeof *q);
  bool fresh = false;
  *code = DESTINATION_REFUSED;
  if (!q) return NULL;
  q->base.calls = &calls;
  q->lock = -1;
  q->path = strdup(path);
  q->base.ledger = sqlite_ledger(q);
  if (q->path && q->base.ledger && lock_file(q, path, &fresh, code) && sqlite_connect(q, path, SQLITE_OPEN_READWRITE) &&
      set_up(q, fresh, code)) {
    *code = DESTINATION_OPENED;
    return &q->base;
  }
  bytes_append(why, q->base.failure.data, q->base.failure.length);
  close_file(&q->base);
  return NULL;
}
