/*
 * The files that define streams: NAME.lua in scripts/streams; and a user's own in streams.d beside it, in the folders
 * of PERIGEE_SCRIPTS, and in those that --scripts names.
 */
#ifndef PERIGEE_STREAM_FILES_H
#define PERIGEE_STREAM_FILES_H

#include "base/bytes.h"
#include "cli/options.h"
#include "cli/paths.h"

#include <stdbool.h>

/*
 * The file of a stream: a folder given later wins over an earlier one, and each over the shipped streams. `custom`: it
 * is a user's. False: there is none.
 */
bool stream_files_find(const paths *p, const options *o, const char *name, bytes *path, bool *custom);
bool stream_files_is_shipped(const paths *p, const char *name);

/* The user's own file of that name whose place the one that is found takes. False: there is no other. */
bool stream_files_replaced(const paths *p, const options *o, const char *name, bytes *path);

/* The folders of a user's own, from the least to the most important; false behind the last. `asked_for`: it must be
 * there. */
bool stream_files_folder(const paths *p, const options *o, size_t n, bytes *folder, bool *asked_for);

/* A file in the folder of a stream's script. False: there is none, or `name` would leave the folder. */
bool stream_files_beside(const paths *p, const options *o, const char *stream, const char *name, bytes *path);

/*
 * Calls `each` with every name, folder by folder; a name may come more than once. False: `unreadable` names a folder
 * that cannot be read.
 */
bool stream_files_list(const paths *p, const options *o, void (*each)(const char *name, void *user), void *user,
                       bytes *unreadable);

#endif
