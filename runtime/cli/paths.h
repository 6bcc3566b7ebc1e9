/* Where the program's own files are: beside an installed or a built binary, from any working directory. */
#ifndef PERIGEE_PATHS_H
#define PERIGEE_PATHS_H

#include "base/bytes.h"

typedef struct paths {
  bytes scripts; /* the folder of the connector's scripts */
  bytes schemas;
  bytes custom_streams; /* a folder of a user's own streams, for images; it need not be there */
} paths;

/*
 * Looks for `scripts/` and `schemas/` in ../share/perigee and in .. of the binary's folder. False: in neither;
 * `tried` then names the folders, for the message.
 */
bool paths_find(paths *p, bytes *tried);
void paths_free(paths *p);

/* A path below one of these folders. False: `name` would leave it (an absolute path, "..", an odd character). */
bool paths_join(const bytes *folder, const char *name, bytes *path);

#endif
