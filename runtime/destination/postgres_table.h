/* A stream's table in a PostgreSQL database: shared by the files postgres_….c. */
#ifndef PERIGEE_POSTGRES_TABLE_H
#define PERIGEE_POSTGRES_TABLE_H

#include "destination/postgres_link.h"
#include "page/keyset.h"

#define POSTGRES_BATCH ((size_t)8 << 20) /* bytes of records that wait in memory for a commit, about */
#define POSTGRES_BATCH_ROWS 20000        /* of one table */

/* What a column is; it stays as it was made, since views of others forbid to change it. */
typedef enum postgres_type {
  POSTGRES_UNMADE, /* no value has come yet that says what it is */
  POSTGRES_TEXT,
  POSTGRES_BIGINT,
  POSTGRES_NUMERIC,
  POSTGRES_BOOLEAN,
  POSTGRES_TIME,
  POSTGRES_JSON
} postgres_type;

/* Bits of `made`: what the database has of a column. */
enum { POSTGRES_COLUMN = 1, POSTGRES_BESIDE = 2, POSTGRES_KINDS = 4 };

typedef struct postgres_table {
  destination_table base;
  char *name;
  char *beside;     /* the table in which rows wait for the last one, where they replace what is there */
  char *waiting;    /* the table of rows without a key, which wait for their state */
  char stage[32];   /* the temporary table into which rows are copied */
  unsigned staged;  /* the session that has it, with the columns of now; 0: none */
  bool has_more;    /* there is, or will be, the column _more */
  bool more_made;   /* it is there */
  bool has_waiting; /* that table is there */
  bool is_new;      /* it was made by this run */
  bool has_total;   /* the rows are counted */
  bool has_state;   /* `state` waits to be committed */
  size_t key_columns[DESTINATION_MOST_KEY], key_count;
  size_t declared;    /* so many columns were known before the first record */
  bool is_altered;    /* its owner has changed a column's type: COPY's form is another one then */
  bytes keyed, loose; /* rows in the form of COPY, with a key and without one */
  keyset batch;       /* the keys of `keyed` */
  bytes ids;          /* what tells the rows of `keyed` apart, as an array of SQL without its end */
  bytes state;
  bytes line;                      /* the row that is read, in the form of COPY */
  bytes id;                        /* of the row that is read: what tells it apart */
  destination_counts batch_counts; /* of the transaction that is under way */
} postgres_table;

postgres_table *postgres_table_of(destination_table *t);

/* ---- postgres_ledger.c */

ledger *postgres_ledger(postgres *p); /* in tables of the schema. NULL: memory is short */

/* ---- postgres_place.c */

bool postgres_places(destination *d, const char *stream, bool all, bytes *names);
bool postgres_move_places(postgres_table *t, const destination_plan *plan); /* those that were other places' before */

/* ---- postgres_secret.c */

bool postgres_keep_secret(destination *d, const char *name, const char *configured, const char *value);
bool postgres_kept_secret(destination *d, const char *name, const char *configured, bytes *value);

/* ---- postgres_table.c: tables */

bool postgres_has(destination *d, const char *stream, bool *has);
destination_table *postgres_plan(destination *d, const destination_plan *plan);
void postgres_free_table(destination_table *t);
void postgres_free_rows(postgres_table *t); /* those that wait, and what they are made in */

/* ---- postgres_view.c */

bool postgres_create_views(postgres_table *t, const destination_plan *plan);

/* ---- postgres_columns.c: columns */

extern const column_rules postgres_columns;

postgres_type postgres_type_of(unsigned kinds);
const char *postgres_type_name(postgres_type type);

/* Reads which columns the table has. */
bool postgres_load_columns(postgres_table *t);

/* What has been added to the columns since, the database gets: all tables of the stream, and _perigee_columns. */
bool postgres_make_columns(postgres_table *t);

/* The same for a table beside that an earlier run has made. */
bool postgres_complete_beside(postgres_table *t);

/* All of them are there now. */
void postgres_columns_made(postgres_table *t);

typedef enum postgres_list {
  POSTGRES_NAMES,
  POSTGRES_DEFINITIONS, /* with their types */
  POSTGRES_ASSIGNED,    /* from `excluded` */
  POSTGRES_COMPARED     /* so that they can be: json has no equality */
} postgres_list;

/* Appends the columns of all fields, and _more, with a comma behind each; `before`: of POSTGRES_NAMES and _COMPARED. */
bool postgres_append_columns(const postgres_table *t, postgres_list how, const char *before, bytes *out);

/* ---- postgres_rows.c: records become rows in memory */

bool postgres_records(destination_table *t, const sink_records *of);

/* ---- postgres_field.c: a value as a column takes it */

/* Appends it in the form of COPY. `*fits` false: it is not of the column's type. False: memory is short. */
bool postgres_put(bytes *out, postgres_type type, const char *text, json_slice slice, bytes *own, bool *fits,
                  bool *is_replaced);
bool postgres_put_null(bytes *out);
bool postgres_put_text(bytes *out, const char *text, size_t length);
bool postgres_put_bigint(bytes *out, int64_t number);
bool postgres_put_count(bytes *out, size_t count); /* begins a row */

/* ---- postgres_commit.c: what waits in memory is committed */

bool postgres_commit(postgres *p); /* of all tables; one that is refused ends its stream alone */
bool postgres_mark(postgres_table *t, const char *ids,
                   const char *when);            /* records that are gone: _deleted_at of their rows */
bool postgres_commit_for(postgres_table *t);     /* the same; false also where this one is refused */
void postgres_refuse(postgres_table *t);         /* ends its stream alone by the failure, and undoes the transaction */
bool postgres_settle_waiting(postgres_table *t); /* rows without a key are stored for good */
bool postgres_drop_waiting(postgres_table *t);
bool postgres_drop_stage(postgres_table *t);
const char *postgres_target(const postgres_table *t);

/* ---- postgres_state.c: states, the end of a stream, and what is kept of each run */

bool postgres_read_state(postgres_table *t, bool beside, bool *found);
bool postgres_write_state(postgres_table *t);
bool postgres_state(destination_table *t, const char *json, size_t length);
bool postgres_begin_run(postgres_table *t);
bool postgres_note_refused(postgres *p, const destination_plan *plan); /* a stream whose table cannot be */
bool postgres_end(destination_table *t, bool whole);
bool postgres_interrupt_runs(postgres *p);
void postgres_fail_runs(postgres *p); /* they were ended by the destination's failure */

#endif
