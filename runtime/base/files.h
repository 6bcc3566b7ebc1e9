/* Whole files and the names in a folder: read and written at once, with a reason in words where the system refuses. */
#ifndef PERIGEE_FILES_H
#define PERIGEE_FILES_H

#include "base/bytes.h"

/*
 * Reads a whole file ("-" is standard input) in place of what `b` held; more than `limit` bytes are an error. Returns
 * NULL, or why it failed: static text, `b` is then empty.
 */
const char *files_read(bytes *b, const char *path, size_t limit);

/*
 * Hands a file ("-" is standard input) over piece by piece, however large it is, until `take` returns false: that is no
 * failure. Returns NULL, or why it failed: static text.
 */
const char *files_stream(const char *path, bool (*take)(void *user, const char *data, size_t length), void *user);

/* Writes a whole file (mode 0666 less the umask) in place of what was there. Returns NULL, or why it failed. */
const char *files_write(const char *path, const void *data, size_t length);

/* Writes a file where there is none. `exists`: it failed because there is one. Returns NULL, or why it failed. */
const char *files_write_new(const char *path, const void *data, size_t length, bool *exists);

/* The same, and none but the file's owner may read or write it (mode 0600). */
const char *files_write_private(const char *path, const void *data, size_t length, bool *exists);

/* The folder for files that nobody keeps: TMPDIR, or /tmp. */
const char *files_temporary(void);

/* Is there anything of this name, such as a link to nowhere? A new file cannot have it then. */
bool files_exist(const char *path);

/* Appends the names of all in a folder, in no order, each with a zero byte behind it. Returns NULL, or why it failed.
 */
const char *files_list(const char *folder, bytes *names);

/* Appends the path of the file that standard input is. False: it is none, such as a terminal or a pipe. */
bool files_input_path(bytes *path);

#endif
