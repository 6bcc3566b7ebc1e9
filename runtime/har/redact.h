/* What a recording must not hold, overwritten by asterisks of the same length. All work in place: on copies. */
#ifndef PERIGEE_REDACT_H
#define PERIGEE_REDACT_H

#include "http/secrets.h"

#include <stdbool.h>
#include <stddef.h>

/* Undoes percent-encoding; returns the new length. What is no encoding stays. */
size_t har_decode(char *text, size_t length);

/*
 * Masks secrets in a URL, header or form; or in a body. A server that echoes them may write them percent-encoded or
 * with JSON escapes: these are found too. Adds to `masked`. False: memory is short, and the text may still hold some.
 */
bool har_redact_line(const secrets *store, char *text, size_t length, size_t *masked);
bool har_redact_body(const secrets *store, char *text, size_t length, size_t *masked);

/* Masks user name and password before a URL's host: a secret too, though not one of the store. */
void har_redact_user(char *url, size_t *masked);

/* Is the value of this header to be masked whole? */
bool har_redact_whole(const char *name, size_t length);

#endif
