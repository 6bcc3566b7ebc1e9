/*
 * A destination that is a folder of JSON lines: a folder a stream, files that are whole once they have their names, and
 * a manifest that names them together with the states that cover them.
 */
#ifndef PERIGEE_LINES_H
#define PERIGEE_LINES_H

#include "destination/destination.h"

/* As those of address.h. */
destination *lines_open(const char *folder, bytes *why, destination_code *code);
bool lines_runs(const char *folder, int most, bytes *json, bytes *why);
bool lines_peek(const char *folder, const char *stream, const char *place, bytes *state, bytes *why);

#endif
