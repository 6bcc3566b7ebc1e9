/* The connection to a PostgreSQL database, its transactions and its failures: shared by the files postgres_….c. */
#ifndef PERIGEE_POSTGRES_LINK_H
#define PERIGEE_POSTGRES_LINK_H

#include "destination/destination.h"
#include "destination/libpq.h"

typedef struct postgres {
  destination base;
  const libpq *lib;
  PGconn *connection;
  unsigned session;       /* the number of the connection: what is temporary ends with it */
  destination_address at; /* its texts are ours */
  char *schema;           /* in which all tables are */
  char writer[40];        /* who we are, in _perigee_format */
  int64_t step;           /* the number of the transaction there, by which it is known whether one came to its end */
  bool is_cancelled;      /* a signal has ended what the server did for too long */
  int canceller;          /* the process that tells the server so; 0: none does */
  bool again;             /* what failed is worth another try */
  bytes trouble;          /* what it was */
  const char *table;      /* whose rows are being stored, for messages; NULL: none's */
  int64_t run;            /* the number of this run in _perigee_syncs */
  size_t tables;          /* that were planned */
  size_t bytes;           /* of records that wait, as they came or as rows, whichever is more */
} postgres;

postgres *postgres_of(destination *d);

/* ---- postgres_link.c: the connection */

/*
 * Connects, with the schema first in the search path. `code` says why not (DESTINATION_REFUSED or _FOREIGN). Where an
 * earlier connection was lost, a failure is worth another try.
 */
bool postgres_connect(postgres *p, destination_code *code);
void postgres_disconnect(postgres *p);

/* Copies the address. False, with the reason: it is none, or tells a password, or the library is not there. */
bool postgres_prepare(postgres *p, const destination_address *at, destination_code *code);
void postgres_release(postgres *p);

/* ---- postgres_wait.c: the server takes its time, which ends soon after a signal */

/* The result of what was started; NULL: the connection is lost. */
PGresult *postgres_await(postgres *p);

/* Hands rows over to a COPY. False: the server takes none any more, of which its result tells. */
bool postgres_send(postgres *p, const char *data, size_t length);

/* ---- postgres_statement.c: statements, none of which runs where something has failed */

/* Fails by what the database says of `r`, and what was being done. Always false. */
bool postgres_failed(postgres *p, const char *doing, const PGresult *r);

/* Runs a statement with texts for its parameters; NULL ends them. NULL: it failed. `sql` NULL: memory is short. */
PGresult *postgres_query(postgres *p, const char *doing, const char *sql, ...) __attribute__((sentinel));

/* The same where no rows matter. */
bool postgres_done(postgres *p, PGresult *r);
#define postgres_do(p, doing, ...) postgres_done(p, postgres_query(p, doing, __VA_ARGS__, (char *)NULL))
bool postgres_do_bytes(postgres *p, const char *doing, bytes *sql, bool built); /* and frees it */

/* Sends rows in the binary form of COPY to this statement. */
bool postgres_copy(postgres *p, const char *doing, const bytes *sql, bool built, const bytes *rows);

/* A value of a row; NULL where that is NULL. */
const char *postgres_value(const postgres *p, const PGresult *r, int at, int column);
int64_t postgres_number(const postgres *p, const PGresult *r, int at, int column);

/* Is there a table or view of this name? `kind`: of pg_class, '%' for any. */
bool postgres_find(postgres *p, const char *name, const char *kind, const char *doing, bool *found);

/* Appends a name in quotes. False: memory is short. */
bool postgres_name(bytes *out, const char *name);

/* Appends a text to an array of SQL, which gets its end, }, behind the last one. False: memory is short. */
bool postgres_array_text(bytes *array, const char *text, size_t length);

/* ---- postgres_transaction.c */

/*
 * Does `work` in a transaction, exactly once. Where the connection is lost, or another transaction is in the way, it is
 * begun anew, so `work` must leave its own memory such that it can: what it has changed counts once this returns true.
 */
bool postgres_transact(postgres *p, bool (*work)(postgres *p, void *with), void *with);

/* Is what failed a matter of one table's, so that others can still be written? */
bool postgres_is_refusal(const postgres *p);

/* Undoes the last one, whose work has failed, so that the next ones can go well. The failure must be taken away. */
void postgres_undo(postgres *p);

/* Takes the lock that tells syncs of each other. `*got`: no other one holds it. */
#define POSTGRES_LOCK "1885696615" /* its first number; the second is the schema's oid */
bool postgres_lock(postgres *p, bool *got);

#endif
