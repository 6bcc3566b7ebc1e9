/* Names under which servers and clients send secrets. Case, and the signs - _ . : within a name, make no difference. */
#ifndef PERIGEE_SECRET_NAMES_H
#define PERIGEE_SECRET_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Of a member of JSON: `token`, `client_secret`, `sessionId` and whatever ends like them. Names of tokens that only
 * turn pages, `nextPageToken`, are none: a replay asks by their values.
 */
bool secret_names_member(const char *name, size_t length);

/* Of a parameter of a query or form, or a cookie: the same, and short ones (`sid`, `key`) that JSON uses otherwise. */
bool secret_names_parameter(const char *name, size_t length);

/* Of a header: the same, whatever ends in -key, and whatever has csrf or xsrf in it. */
bool secret_names_header(const char *name, size_t length);

#endif
