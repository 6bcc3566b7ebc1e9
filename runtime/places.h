/* Where the program's own files are: beside an installed or a built binary, from any working directory. */
#ifndef PERIGEE_PLACES_H
#define PERIGEE_PLACES_H

#include "bytes.h"

typedef struct places {
  bytes scripts; /* the folder of the connector's scripts */
  bytes schemas;
  bytes own_streams; /* a folder of a user's own streams, for images; it need not be there */
} places;

/*
 * Looks for `scripts/` and `schemas/` in ../share/perigee and in .. of the binary's folder. False: in neither;
 * `tried` then names the folders, for the message.
 */
bool places_find(places *p, bytes *tried);
void places_free(places *p);

/* A path below one of these folders. False: `name` would leave it (an absolute path, "..", an odd character). */
bool places_join(const bytes *folder, const char *name, bytes *path);

#endif
