/* The forms in which a server may repeat a secret, besides the escapes that masked_values.h reads. */
#ifndef PERIGEE_SECRET_FORMS_H
#define PERIGEE_SECRET_FORMS_H

#include "base/bytes.h"
#include "secrets/masked_values.h"

/*
 * Gives away the value as it is, as forms spell it, with + for a blank, and percent-encoded, as a search that reads
 * escapes finds what was encoded twice. From 8 bytes on, also reversed, in hexadecimal digits of either case, and in
 * base64 with either alphabet (RFC 4648, sections 4 and 5), wherever in the encoded text it stands; the digits at its
 * ends that depend on its neighbours are not of it. Shorter ones would be found by chance. False: memory is short.
 */
typedef bool secret_form_taker(void *user, const char *form, size_t length); /* false ends it */
bool secret_forms_each(const bytes *value, secret_form_taker *take, void *user);

/* Adds them all. False: memory is short. */
bool secret_forms_add(masked_values *to, const bytes *value, uint32_t id);

#endif
