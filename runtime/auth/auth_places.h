/*
 * Where a stream's script says that secrets stand in its requests, besides headers: JSON with handles in place of
 * values,
 * {"query": {NAME: VALUE}, "basic": {"user": …, "password": …}, "login": {…}}. Handles are exchanged here, and only
 * towards the origin that each secret was granted to.
 */
#ifndef PERIGEE_AUTH_PLACES_H
#define PERIGEE_AUTH_PLACES_H

#include "http/http.h"
#include "json/json.h"

#define AUTH_LARGEST ((size_t)64 << 10) /* bytes of such a text */

/* Is it such a text? Ends with the padding of bytes. */
bool auth_valid(const bytes *text);

/* Puts parameters and user and password into a request that has not started. False: x->message says why not. */
bool auth_place(http_exchange *x, const bytes *text);

/* Where its login is requested, appended; empty: it has none. False: memory is short. */
bool auth_login_url(const bytes *text, bytes *url);

/* Its login, as it stands in the text; length 0: it has none. */
json_slice auth_login(const bytes *text);

#endif
