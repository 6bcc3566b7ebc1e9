/* Where `--to` leads: which kind of destination an address names. */
#ifndef PERIGEE_ADDRESS_H
#define PERIGEE_ADDRESS_H

#include "destination/destination.h"

/* Opens or makes it: a folder of JSON lines where the address is a folder or ends with a slash,
 * a schema of PostgreSQL where it is postgresql://…, else a SQLite file.
 * NULL: `why` and `code` say why not; where `why` is empty, memory is short. */
destination *address_open(const destination_address *at, bytes *why, destination_code *code);

/* Appends what the newest `most` runs came to, as a JSON array of objects. False: `why` says why not. */
bool address_runs(const destination_address *at, int most, bytes *json, bytes *why);

/* Appends the state from which the next run goes on; nothing: there is none. False: `why` says why not. */
bool address_peek(const destination_address *at, const char *stream, const char *place, bytes *state, bytes *why);

#endif
