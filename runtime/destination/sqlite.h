/*
 * A destination that is a SQLite file: a table a stream, and _perigee_… tables of ours. Rows and the state that covers
 * them are committed together; other programs may read meanwhile.
 */
#ifndef PERIGEE_SQLITE_H
#define PERIGEE_SQLITE_H

#include "destination/destination.h"

/* Opens or makes the file. NULL: `why` and `code` say why not; where `why` is empty, memory is short. */
destination *sqlite_open(const char *path, bytes *why, destination_code *code);

/* Appends the runs that the file tells of, the newest `most`, as a JSON array of objects. False: `why` says why not. */
bool sqlite_runs(const char *path, int most, bytes *json, bytes *why);

/* Appends the state from which the next run goes on; nothing: there is none, or no file. False: `why` says why not. */
bool sqlite_peek(const char *path, const char *stream, const char *place, bytes *state, bytes *why);

#endif
