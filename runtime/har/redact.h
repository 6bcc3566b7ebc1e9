/*
 * Secrets that a recording must not hold, overwritten by asterisks of the same length: the values of a store; and in
 * bodies the members that hold secrets of others. All work in place, on copies.
 */
#ifndef PERIGEE_HAR_REDACT_H
#define PERIGEE_HAR_REDACT_H

#include "base/bytes.h"
#include "http/secrets.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct har_redact {
  const secrets *store; /* outlives it */
  bytes members;        /* names added, each with a zero byte behind it */
  size_t masked;        /* secrets overwritten so far */
} har_redact;

void har_redact_free(har_redact *r);

/*
 * Adds the name of a member of JSON bodies whose strings are secret, besides the usual `password`, `access_token`,
 * `cookie` and their like, which always are. Names are compared whole and without case. False: memory is short.
 */
bool har_redact_add(har_redact *r, const char *member);

/*
 * Masks values of the store in a URL, header or form; in a request's payload also the secret members, where it is JSON.
 * A server that repeats a value may write it percent-encoded or with JSON escapes: these are found too. False: memory
 * is short, and the text may still hold some.
 */
bool har_redact_line(har_redact *r, char *text, size_t length);
bool har_redact_payload(har_redact *r, char *text, size_t length);

/*
 * The same for a body of any size. `json` false: it is known to be no text, and only values of the store are masked.
 * Of members, their strings are masked, also in lists and objects; so are the values of recorded headers such as
 * ["Cookie", "…"], and passwords in URLs. Null, numbers and flags stay. Text that is no JSON is masked as far as it
 * looks like it.
 */
bool har_redact_body(har_redact *r, char *text, size_t length, bool json);

/* Masks user name and password before a URL's host: a secret too, though not one of the store. */
void har_redact_user(har_redact *r, char *url);

/* Masks the value of a header that is secret as a whole, Authorization and Cookie among them. */
void har_redact_header(har_redact *r, const char *name, size_t name_length, char *value, size_t length);

/* Undoes percent-encoding in place; returns the new length. What is no encoding stays. */
size_t har_redact_decode(char *text, size_t length);

#endif
