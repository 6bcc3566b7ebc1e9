/*
 * The records of both sides, kept in a temporary database and sorted there: memory stays the same, however many there
 * are. SQLite removes its files by itself, also where the process is killed; SQLITE_TMPDIR or TMPDIR says where they
 * are.
 */
#ifndef PERIGEE_STORE_H
#define PERIGEE_STORE_H

#include "base/bytes.h"

#include <sqlite3.h>
#include <stdint.h>

typedef struct store {
  sqlite3 *db;
  sqlite3_stmt *add_row, *add_body, *find_body, *add_field, *walk;
  bytes failure; /* why a call returned false */
} store;

/* A record. `values` is the digest of what it says, `written` that of its bytes. Records of equal keys are compared. */
typedef struct stored_row {
  int64_t number; /* from 1, in the order in which they came; store_add counts */
  int64_t stream;
  int side;
  const void *key;
  size_t key_length;
  uint64_t values[2], written;
} stored_row;

/* The caller's: {0} before, and closed in any case. All return false where something failed. */
bool store_open(store *s);
void store_close(store *s);

bool store_add(store *s, const stored_row *row, const bytes *body);

/* Steps through the rows by stream, key, side and number: `*more` is false after the last one. `row` has memory of the
 * store's until the next step. */
bool store_next(store *s, stored_row *row, bool *more);

/* Appends the canonical text of a record. */
bool store_body(store *s, int64_t number, bytes *body);

/* A difference of a field between two records, or states, which have this key; texts are cut where they are long. */
typedef struct stored_field {
  int64_t stream, number; /* of a record; a record counts once for a field */
  bool of_state;
  const char *path, *kind_a, *kind_b;
  const bytes *key, *a, *b;
} stored_field;
bool store_add_field(store *s, const stored_field *field);

/* Appends the fields of a stream that differ, as a JSON array, those of most records first. */
bool store_fields(store *s, int64_t stream, bool of_state, bytes *json);

#endif
