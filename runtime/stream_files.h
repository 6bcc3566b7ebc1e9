/* The files that define streams: NAME.lua in scripts/streams, and in the folders that --scripts names. */
#ifndef PERIGEE_STREAM_FILES_H
#define PERIGEE_STREAM_FILES_H

#include "bytes.h"
#include "options.h"
#include "places.h"

#include <stdbool.h>

/* The file of a stream: a folder given later wins over an earlier one, and each over the shipped streams. False: none.
 */
bool stream_files_find(const places *p, const options *o, const char *name, bytes *path);

/*
 * Calls `each` with every name, folder by folder; a name may come more than once. Returns NULL, or the folder that
 * cannot be read.
 */
const char *stream_files_list(const places *p, const options *o, void (*each)(const char *name, void *user),
                              void *user);

#endif
