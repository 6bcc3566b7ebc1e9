/* The manifest of a folder of JSON lines: which files hold a stream's records, and the state that covers them. */
#ifndef PERIGEE_MANIFEST_H
#define PERIGEE_MANIFEST_H

#include "base/bytes.h"

#include <stdint.h>

#define MANIFEST_FORMAT 1

typedef struct manifest_entry {
  char *stream, *place;
  bool is_replacing; /* its files take the place of those of the other entry, once all records have come */
  bytes state;       /* JSON; empty: none */
  bytes files;       /* their paths in the folder, with a zero byte behind each */
  int64_t rows;
  struct manifest_entry *next;
} manifest_entry;

/* {0} is empty and valid. */
typedef struct manifest {
  manifest_entry *entries;
  int64_t runs;   /* so many have begun */
  int64_t format; /* of the file; 0: there is none */
} manifest;

/* Reads the one of a folder; none is an empty one. Returns NULL, or why it failed: static text. */
const char *manifest_read(manifest *m, const char *folder);
void manifest_free(manifest *m);

/* Writes it beside, and renames it over the old one when it is on the disk. Returns 0, or errno's number. */
int manifest_write(const manifest *m, const char *folder);

/* NULL: there is none; or, of manifest_add, memory is short. */
manifest_entry *manifest_find(const manifest *m, const char *stream, const char *place, bool is_replacing);
manifest_entry *manifest_add(manifest *m, const char *stream, const char *place, bool is_replacing);
void manifest_remove(manifest *m, manifest_entry *entry);

/* Appends the places of a stream's entries, the newest first, with a zero byte behind each. False: memory is short. */
bool manifest_places(const manifest *m, const char *stream, bytes *names);

/* Has what is at one place be another's, whose state stays if it has one. False: memory is short. */
bool manifest_move(manifest *m, const char *stream, const char *from, const char *to);

/* The files that all entries of a stream name, in order. */
typedef struct manifest_files {
  const char **names; /* freed by the caller; the texts are the manifest's, and valid until that changes */
  size_t count;
} manifest_files;

/* False: memory is short. */
bool manifest_files_of(const manifest *m, const char *stream, manifest_files *files);
bool manifest_files_have(const manifest_files *files, const char *file);

/* Has what a folder's names are reached the disk? Returns 0, or errno's number. */
int manifest_sync_folder(const char *folder);

#endif
