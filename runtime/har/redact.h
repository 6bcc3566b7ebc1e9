/*
 * Secrets that a recording must not hold, overwritten by asterisks of the same length: the values of a store; what
 * headers, parameters of queries and forms, and members of JSON hold under names that tell of a secret; and each of
 * these values wherever else it stands from then on. All work in place, on copies, in time linear to the text.
 */
#ifndef PERIGEE_HAR_REDACT_H
#define PERIGEE_HAR_REDACT_H

#include "base/bytes.h"
#include "secrets/masked_values.h"
#include "secrets/secrets.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct har_redact {
  const secrets *store;   /* outlives it */
  bytes members;          /* names added, each with a zero byte behind it */
  size_t masked;          /* secrets overwritten so far */
  masked_values *learned; /* NULL: none. Values masked by their names, from 8 bytes on (12 where they hold no digit) */
  bool failed;            /* memory was short */
} har_redact;

void har_redact_free(har_redact *r);

/*
 * Adds the name of a member of JSON bodies whose strings are secret, besides the usual `password`, `access_token`,
 * `cookie` and their like, which always are. Names are compared whole and without case. False: memory is short.
 */
bool har_redact_add(har_redact *r, const char *member);

/*
 * Masks a URL, header or form: known values, percent-encoded or with JSON escapes as well; parameters by their names,
 * also in a URL within; passwords in URLs. A request's payload is masked as a body is. False: memory is short, and the
 * text may still hold some.
 */
bool har_redact_line(har_redact *r, char *text, size_t length);
bool har_redact_payload(har_redact *r, char *text, size_t length);

/*
 * The same for a body of any size. `json` false: it is known to be no text, and only known values are masked.
 * Of members, their strings are masked, also in lists and objects; so are the values of recorded headers such as
 * ["Cookie", "…"], parameters and passwords in URLs. Null, numbers and flags stay. Text that is no JSON is masked as
 * far as it looks like it, or as a form.
 */
bool har_redact_body(har_redact *r, char *text, size_t length, bool json);

/* Masks user name and password before a URL's host: a secret too, though not one of the store. */
void har_redact_user(har_redact *r, char *url);

/* Masks the value of a header that is secret as a whole, Authorization, Cookie and X-Auth-Token among them. */
void har_redact_header(har_redact *r, const char *name, size_t name_length, char *value, size_t length);

/* Undoes percent-encoding in place; returns the new length. What is no encoding stays. */
size_t har_redact_decode(char *text, size_t length);

#endif
