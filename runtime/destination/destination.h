/*
 * A place that keeps streams as tables: opened, told of each stream, handed its records and states, committed and
 * closed. Each kind of destination implements the calls below (sqlite.h). What a record is as a row stands in row.c and
 * value.c, once for all kinds; landing.c is the sink that hands records over.
 */
#ifndef PERIGEE_DESTINATION_H
#define PERIGEE_DESTINATION_H

#include "airbyte/sink.h"
#include "base/bytes.h"
#include "destination/columns.h"
#include "destination/row.h"
#include "secrets/secrets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESTINATION_BATCH ((size_t)16 << 20) /* bytes of records between two commits, at the most */
#define DESTINATION_SECOND 1000              /* ms between two commits, at the most, so that others see what came */
#define DESTINATION_DELETED "_deleted_at"    /* the field of records that are gone: since when */
#define DESTINATION_MOST_KEY 8               /* fields of a key */
#define DESTINATION_RECENT 10                /* syncs whose places are known without looking far */

typedef struct destination destination;
typedef struct ledger ledger; /* ledger/ledger.h */

/* Why a destination could not be opened. */
typedef enum destination_code {
  DESTINATION_OPENED,
  DESTINATION_IN_USE,  /* another sync writes to it */
  DESTINATION_FOREIGN, /* what is there is something else, or of a newer perigee */
  DESTINATION_REFUSED  /* by the system or by the database */
} destination_code;

/* Where `--to` leads. */
typedef struct destination_address {
  const char *text;
  const char *schema;      /* of PostgreSQL; NULL: none is named */
  const secrets *store;    /* a database's password may stand there */
  int64_t patience;        /* ms, for a server that is away; 0: as usual */
  bool is_gzip, is_frozen; /* what all plans will be: not every kind takes them */
} destination_address;

/* A field that a stream's schema declares; `kinds` as in columns.h, 0: any. */
typedef struct destination_field {
  const char *name;
  unsigned kinds;
  bool is_pairs; /* an array of {key, value}: it gets a view */
} destination_field;

/* What a destination is told of a stream. All is borrowed for the call. */
typedef struct destination_plan {
  const char *stream;
  const char *place;  /* whose rows these are: those of other places are left alone */
  const char *former; /* places whose rows and state are this place's from now on, each with a zero byte behind it, the
                       * one whose state counts first; an empty one ends them. NULL: none */
  const destination_field *fields;
  size_t field_count;
  const char *key[DESTINATION_MOST_KEY]; /* the fields that tell rows apart */
  size_t key_count;
  left_out left_out;
  bool is_declared; /* the fields come from a schema, so that others are worth a word */
  bool is_frozen;   /* a field or a kind that the table does not have yet is an error */
  bool is_gzip;     /* files are compressed */
  bool replaces;    /* the rows take the place of those that are there, once all have come */
  bool resumes;     /* a read that was cut is gone on with; else what it brought, and its state, are dropped */
  bool keeps_state; /* the state counts for later runs, too */
  bool is_eager;    /* each state is committed at once; else a second later at the most */
} destination_plan;

typedef struct destination_counts {
  int64_t inserted, updated, unchanged, removed;
  int64_t total;    /* rows of this place, once the stream has ended; -1: they are not counted */
  int64_t replaced; /* values in which U+FFFD stands for characters that databases refuse */
} destination_counts;

/* A stream's table, as its destination has it. */
typedef struct destination_table {
  destination *to;
  char *stream, *place;
  columns columns;
  row row;
  left_out left_out; /* its names are the table's own */
  json_watch watch;  /* of them, for who splits its pages */
  bool is_declared, is_frozen, is_gzip, replaces, keeps_state, is_eager;
  bool has_ended; /* what its rows need is freed: a sync of all projects has a table for each */
  destination_counts counts;
  bytes cursor; /* of its last state, for people */
  bytes state;  /* from which its reading goes on; empty: from the top */
  bytes notes;  /* lines for people: what its columns have become */
  size_t note_count;
  bytes message;        /* why it could not be read to its end; empty: it could */
  bytes refusal;        /* why nothing of it is kept any more, though that of others is; empty: it is */
  sink_summary summary; /* its `ended` is not kept */
  struct destination_table *next;
} destination_table;

/* Each returns false or NULL with the reason in d->failure. A table belongs to its destination. */
typedef struct destination_calls {
  bool (*has)(destination *d, const char *stream, bool *has); /* a table of an earlier run */
  /* Appends the places that the stream has states or recent runs of (`all`: any runs), the newest first, each with a
   * zero byte behind it. */
  bool (*places)(destination *d, const char *stream, bool all, bytes *names);
  destination_table *(*table)(destination *d, const destination_plan *plan);
  bool (*records)(destination_table *t, const sink_records *of);
  bool (*state)(destination_table *t, const char *json, size_t length); /* kept together with what it covers */
  bool (*end)(destination_table *t, bool whole);
  bool (*flush)(destination *d); /* commits; with each state, and when what `since` tells of is old enough */
  /* A secret that a server has changed, known by its name and a digest of the value that the configuration has: kept at
   * once; and appended, if it is there. NULL: it keeps none. */
  bool (*keep_secret)(destination *d, const char *name, const char *configured, const char *value);
  bool (*kept_secret)(destination *d, const char *name, const char *configured, bytes *value);
  void (*close)(destination *d); /* keeps what is complete, and frees all */
} destination_calls;

struct destination {
  const destination_calls *calls;
  destination_table *tables;
  int64_t deadline; /* ticks; 0: nobody wants us to end */
  int64_t since;    /* ticks, from which on something waits to be committed; 0: nothing does */
  bytes failure;    /* why nothing can be kept any more, in words */
  bool is_grave;    /* that is no matter of one table's */
  bytes refusal;    /* why the table that was planned last cannot be, though those of other streams can */
  sink *logs;       /* for warnings, once there is one */
  ledger *ledger;   /* where streams note what they send; NULL: nowhere */
};

/* The message of a run that could not say any more how it ended; the next one says so. */
#define DESTINATION_UNTOLD "it ended without a word: it was killed, or the database was away"

/* Why an address is refused that tells a password. */
extern const char destination_tells_password[];

/* Has the secrets that this destination keeps take the place of those that the configuration has. False, with the
 * reason, where they cannot be read. */
bool destination_recall_secrets(destination *d, secrets *store);

/* Keeps the present value of a secret. False: it keeps none, or cannot. */
bool destination_keep_secret(destination *d, const secrets *store, const char *handle);

/* ---- for implementations */

/* How long what is waited for may still take, in ms; -1: as long as it likes, since no signal has come. */
int64_t destination_time_left(destination *d);

/* Says why nothing can be kept any more; the first reason stays. Always false. */
bool destination_fail(destination *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same where memory is short: that is no matter of one table's. `at`: the address. */
bool destination_short_of_memory(destination *d, const char *at);

/* Has what failed end this table alone: nothing of it is taken any more. Always false. */
bool destination_refuse_rows(destination_table *t);

/* Frees what all kinds of destinations have, but for their tables. */
void destination_clear(destination *d);

/* Fills in what all kinds of tables have, and adds it to the destination's. False: memory is short. */
bool destination_add(destination *d, destination_table *t, const destination_plan *plan);
void destination_table_clear(destination_table *t);

/* The table has ended: frees what its rows needed; what there is to tell of it stays. */
void destination_table_end(destination_table *t);

/* Has what failed end the plan of this table (NULL: it is not there yet) alone, which is taken off the destination's
 * list.
 */
void destination_refuse(destination *d, destination_table *t);

/* Appends the names of the plan's key, with commas between them, and a zero byte. False: memory is short. */
bool destination_join_key(const destination_plan *plan, bytes *out);

/* Are a table's rows told apart by the same key as so far (of destination_join_key; NULL: none)? False, with the
 * reason, where not; `ways`: how its owner goes on, as an end of the message. */
bool destination_check_key(destination *d, const char *at, const char *table, const char *before, const char *now,
                           const char *ways);

/* Counts what a table's new rows, in the place of all that were there, have changed: rows before and now, those that
 * have one before them, and those of these that say the same. */
void destination_count_replaced(destination_counts *counts, int64_t before, int64_t now, int64_t common, int64_t same);

/* Is this field not stored? */
bool destination_leaves_out(const destination_plan *plan, const char *field);

/* Adds a line for people about the table's columns, as long as they are few. */
void destination_note(destination_table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
