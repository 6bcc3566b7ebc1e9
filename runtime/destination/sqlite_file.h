/* The connection to a SQLite file, its transactions and its failures: shared by the files sqlite_….c. */
#ifndef PERIGEE_SQLITE_FILE_H
#define PERIGEE_SQLITE_FILE_H

#include "destination/destination.h"

#include <sqlite3.h>

typedef struct sqlite {
  destination base;
  sqlite3 *db;
  char *path;
  int lock;           /* a descriptor whose lock tells other syncs that we are here */
  bool writing;       /* a transaction is open, since base.since */
  size_t bytes;       /* of records in it */
  int64_t busy_since; /* ticks, from which on another program's lock is waited for */
  int64_t run;        /* the number of this run in _perigee_syncs */
} sqlite;

typedef struct sqlite_table {
  destination_table base;
  char *name;
  char *beside;  /* the table in which rows wait for the last one, where they replace what is there */
  char *waiting; /* the temporary table of rows without a key, which wait for their state */
  char *key;     /* the columns of its key, quoted, with commas between them; empty: it has none */
  size_t key_columns[DESTINATION_MOST_KEY], key_count;
  sqlite3_stmt *upsert, *wait; /* of the columns that there are now; NULL: to be made */
  bool is_new;                 /* it was made by this run */
  bool has_more;               /* the column _more is there */
  bool has_waiting;            /* that table is there */
  bool has_total;              /* the rows are counted */
} sqlite_table;

sqlite *sqlite_of(destination *d);
sqlite_table *sqlite_table_of(destination_table *t);

/* Fails with SQLite's own words, and what was being done. Always false. */
bool sqlite_failed(sqlite *q, const char *doing);

/* Has what failed end the stream of this table alone, where it is a matter of the table and its rows. Always false. */
bool sqlite_refuse(sqlite_table *t);

/* Runs SQL that gives no rows. `sql` may be without memory (NULL data): then memory is short. */
bool sqlite_run(sqlite *q, const char *sql, const char *doing);
bool sqlite_run_bytes(sqlite *q, bytes *sql, bool built, const char *doing); /* and frees it */

/* Prepares a statement, with texts bound to its first parameters; NULL ends them. NULL: it failed. */
sqlite3_stmt *sqlite_prepare(sqlite *q, const char *sql, const char *doing, ...) __attribute__((sentinel));

/* Takes a statement (NULL: it failed) to its next row, if there is one. False: it failed. */
bool sqlite_row(sqlite *q, sqlite3_stmt *s, const char *doing, bool *found);

/* Takes a statement through to its end, and finalizes it. */
bool sqlite_finish(sqlite *q, sqlite3_stmt *s, const char *doing);

/* Is there a table, view or index of this name? `type`: of sqlite_master, '%' for any. */
bool sqlite_find(sqlite *q, const char *name, const char *type, const char *doing, bool *found);

/* A statement with texts for its parameters; it gives no rows. */
#define sqlite_do(q, doing, sql, ...) sqlite_finish(q, sqlite_prepare(q, sql, doing, __VA_ARGS__, (char *)NULL), doing)

/* `how`: flags of sqlite3_open_v2. Other programs' locks are waited for. */
bool sqlite_connect(sqlite *q, const char *path, int how);

/* 0: no sync has written to the file. */
bool sqlite_read_format(sqlite *q, int *format);

bool sqlite_begin(sqlite *q);
bool sqlite_commit(sqlite *q);
void sqlite_undo(sqlite *q); /* the transaction that is under way */
void sqlite_free_table(destination_table *t);

/* Appends a name in quotes. False: memory is short. */
bool sqlite_name(bytes *out, const char *name);

/* ---- sqlite_ledger.c */

ledger *sqlite_ledger(sqlite *q); /* in the file's own tables and transactions. NULL: memory is short */

/* ---- sqlite_place.c */

bool sqlite_places(destination *d, const char *stream, bool all, bytes *names);
bool sqlite_move_places(sqlite_table *t, const destination_plan *plan); /* those that were other places' before */

/* ---- sqlite_secret.c */

bool sqlite_keep_secret(destination *d, const char *name, const char *configured, const char *value);
bool sqlite_kept_secret(destination *d, const char *name, const char *configured, bytes *value);

/* ---- sqlite_table.c: tables and columns */

bool sqlite_has(destination *d, const char *stream, bool *has);
destination_table *sqlite_plan(destination *d, const destination_plan *plan);

/* Adds the columns from `first` on to all tables of the stream. */
bool sqlite_add_columns(sqlite_table *t, size_t first);
bool sqlite_add_more(sqlite_table *t);

/* Notes the kinds that a column holds. */
bool sqlite_note_kinds(sqlite_table *t, size_t column);

/* Appends the columns of all fields, and ours behind them. */
bool sqlite_columns(const sqlite_table *t, bytes *out);

void sqlite_forget_statements(sqlite_table *t);

/* ---- sqlite_view.c */

bool sqlite_create_views(sqlite_table *t, const destination_plan *plan);

/* ---- sqlite_rows.c: records */

/* Appends all columns but the key's as a row value, each with this before it. */
bool sqlite_values(const sqlite_table *t, const char *before, bytes *out);
bool sqlite_records(destination_table *t, const sink_records *of);
bool sqlite_settle_waiting(sqlite_table *t); /* rows without a key are stored for good */
bool sqlite_drop_waiting(sqlite_table *t);

/* ---- sqlite_state.c: states, the end of a stream, and what is kept of each run */

bool sqlite_read_state(sqlite_table *t, bool beside, bool *found);
bool sqlite_state(destination_table *t, const char *json, size_t length);
bool sqlite_note_refused(sqlite *q, const destination_plan *plan); /* a stream whose table cannot be */
bool sqlite_begin_run(sqlite_table *t);
bool sqlite_end(destination_table *t, bool whole);
bool sqlite_interrupt_runs(sqlite *q);
void sqlite_fail_runs(sqlite *q); /* has the streams that were read say why nothing could be kept; or it cannot */

#endif
