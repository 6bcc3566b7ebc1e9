/*
 * A destination that is a schema of a PostgreSQL database: a table a stream, and _perigee_… tables of ours. Rows come
 * by COPY, and are committed together with the state that covers them.
 */
#ifndef PERIGEE_POSTGRES_H
#define PERIGEE_POSTGRES_H

#include "destination/destination.h"

/* Does the address name one? */
bool postgres_is(const char *address);

/* As those of address.h. */
destination *postgres_open(const destination_address *at, bytes *why, destination_code *code);
bool postgres_runs(const destination_address *at, int most, bytes *json, bytes *why);
bool postgres_peek(const destination_address *at, const char *stream, const char *place, bytes *state, bytes *why);

#endif
