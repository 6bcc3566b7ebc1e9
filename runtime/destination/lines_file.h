/* A stream's part of a folder of JSON lines: shared by the files lines….c. */
#ifndef PERIGEE_LINES_FILE_H
#define PERIGEE_LINES_FILE_H

#include "airbyte/output.h"
#include "base/gzip.h"
#include "destination/destination.h"
#include "destination/manifest.h"

typedef struct lines {
  destination base;
  char *folder; /* without a slash at its end */
  int lock;     /* a descriptor whose lock tells other syncs that we are here */
  manifest manifest;
} lines;

/* How far a stream's records have come since the manifest was written. */
typedef struct lines_mark {
  size_t files; /* that are closed */
  size_t bytes; /* of the file that is open */
  int64_t rows;
} lines_mark;

typedef struct lines_table {
  destination_table base;
  manifest_entry *entry;
  unsigned number; /* of the newest file */
  output out;      /* of the file that is open; its descriptor is -1 where none is */
  bytes files; /* paths of those that the manifest does not name yet, with a zero byte behind each; the open one last */
  lines_mark now, kept; /* `kept`: at the last state */
  bytes state;          /* the last one, which the manifest does not have yet */
  int64_t since;        /* ticks, when the manifest was written */
  bytes record;         /* without what is left out */
  gzip *gzip;           /* NULL: files are not compressed, or none was yet */
  bytes plain, pressed; /* lines that are to be compressed together, and what became of them */
  char began[40];
} lines_table;

lines *lines_of(destination *d);
lines_table *lines_table_of(destination_table *t);

/* Fails with the system's words. Always false. */
bool lines_failed(lines *l, const char *what, int error);

/* Adds a record's line to the stream's files. */
bool lines_add(lines_table *t, const char *text, size_t length);

/* Notes that a state covers all lines so far: where they are compressed, what follows is a member of its own. */
bool lines_keep(lines_table *t);

/* Gives the stream's files their names, and has the manifest name them with the state. `all`: also what no state
 * covers; else that goes. */
bool lines_commit(lines_table *t, bool all);

/* Removes the files in a stream's folder that no manifest names: of a run that was cut. */
bool lines_clear(lines_table *t);

/* Removes the files of an entry, which the manifest does not name any more. */
void lines_remove(const lines *l, const bytes *files);

/* Closes what is open, and removes what has no name yet. */
void lines_drop(lines_table *t);

#endif
