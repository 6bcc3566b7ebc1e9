/*
 * The secrets of a config. Their values live here alone: scripts see handles such as `<secret:auth_token>`, which
 * the HTTP module exchanges for the value, in headers only and only towards the origin the secret was granted to.
 */
#ifndef PERIGEE_SECRETS_H
#define PERIGEE_SECRETS_H

#include "base/bytes.h"
#include "secrets/granted_origins.h"

#include <stdint.h>

typedef struct secrets secrets;
#define SECRETS_DIGEST 65
#define SECRETS_MOST 64 /* of a configuration */

secrets *secrets_new(void);    /* NULL: memory is short */
void secrets_free(secrets *s); /* overwrites the values; NULL is allowed */

/*
 * Copies the config's text (valid JSON) to `out`, with a handle in place of every string that the spec's text
 * (valid JSON: `connectionSpecification`, or a schema itself) marks `airbyte_secret`; an empty string and null stay,
 * anything else there becomes `false`, so that no later message can show it. False: memory is short, or there are more
 * than SECRETS_MOST.
 */
bool secrets_take(secrets *s, const bytes *spec, const bytes *config, bytes *out);

/* Are there as many as there may be? */
bool secrets_are_full(const secrets *s);

/* Allows a secret to be sent to this URL's origin, once: a second, other origin is refused. False: refused. */
bool secrets_grant(secrets *s, const char *handle, const char *url);

/* Allows it to one origin more, where that and the first one are both of this domain (granted_origins_widen). False:
 * refused. */
bool secrets_widen(secrets *s, const char *handle, const char *url, const char *domain);

/* Does a secret of the configuration's own, one without a name such as its token, go to this URL's origin? */
bool secrets_are_for(const secrets *s, const char *url);

typedef enum secrets_code { SECRETS_OK, SECRETS_NOT_GRANTED, SECRETS_NO_MEMORY } secrets_code;

/* Appends `text` with its handles exchanged. NOT_GRANTED: one of them may not go to this URL; `out` is then unusable.
 */
secrets_code secrets_expand(const secrets *s, const char *text, const char *url, bytes *out);

/* Does a text look like a handle, whether or not a secret has it? */
bool secrets_is_handle(const char *text);

/* The name within a handle. */
const char *secrets_name_in(const char *handle, size_t *length);

/* The value behind a handle, for what has no origin (a proxy's URL); NULL when there is none. Stays with the store. */
const char *secrets_value(const secrets *s, const char *handle);

/* The value of the first named secret that was granted to this URL's origin, for what is no request of HTTP (a
 * database's password); NULL: there is none. Stays with the store. */
const char *secrets_for(const secrets *s, const char *url);

/*
 * Has another value stand for a handle from now on, such as a refresh token in place of one that was used; the one
 * before stays masked. False: there is no such secret, or memory is short.
 */
bool secrets_replace(secrets *s, const char *handle, const char *value, size_t length);

/*
 * Has a value that came in this run, such as a login's token, be masked as <secret:NAME> wherever a secret is; it can
 * be sent nowhere by that handle. The last few values of each name stay. False: memory is short.
 */
bool secrets_learn(secrets *s, const char *name, const char *value, size_t length);

/*
 * In a child: texts that stand in answers in a secret's place (stand_ins.h), masked as <secret:NAME> as they are and in
 * no other form, once secrets_know_all was called. False: memory is short.
 */
void secrets_know_none(secrets *s);
bool secrets_know(secrets *s, const char *name, const char *form, size_t length);
bool secrets_know_all(secrets *s);

/* The first value that was learned after the one of this number (0: any), and its name; NULL: none. `*number`: its own.
 */
const bytes *secrets_learned(const secrets *s, uint64_t *number, const char **name);

/* What the first secret is called whose handle stands in a text, as it is or percent-encoded; NULL: none. Stays with
 * the store. */
const char *secrets_named(const secrets *s, const char *text, size_t length);

/* The digest of the value that a handle's secret has in the configuration, as hexadecimal digits. False: it cannot be
 * made. */
bool secrets_configured(const secrets *s, const char *handle, char digest[SECRETS_DIGEST]);

/* The handle of the secret at a position, from 0 on, and its name for messages, or NULL; NULL: there are no more. */
const char *secrets_at(const secrets *s, size_t at, const char **name);

/* A secret's name for messages; NULL: it has none. */
const char *secrets_called(const secrets *s, const char *handle);

/* The configuration's text, with handles; empty: none was taken. Stays with the store. */
const bytes *secrets_config(const secrets *s);

/* Names a secret for messages, which is copied. False: memory is short. */
bool secrets_name(secrets *s, const char *handle, const char *name);

/*
 * The origins that the first secret in the text was granted to which may not go to this URL; NULL: none, or to nobody.
 * `*name`: the name that it was given, or NULL.
 */
const granted_origins *secrets_origins(const secrets *s, const char *text, const char *url, const char **name);

/* Appends JSON text with each string that is a handle exchanged for its value: for the user's own configuration. False:
 * memory is short. */
bool secrets_restore(const secrets *s, const char *json, size_t length, bytes *out);

/*
 * Puts the handle wherever a secret's value stands in the text, for logs, traces and recordings, which may repeat what
 * a server echoed: as it is, with escapes of JSON, percent-encoded once or twice, and from 8 bytes on reversed, in
 * hexadecimal digits and in base64, at the start of what was encoded or within it. Values under 4 bytes are left:
 * masking them would garble the text without hiding anything. One pass, or two where there are escapes. False: memory
 * is short; the text is then empty.
 */
bool secrets_mask(const secrets *s, bytes *text);

/* Does any of these values stand in the text? True also where memory was too short to know them. */
bool secrets_found(const secrets *s, const char *text, size_t length);

/* The same as secrets_mask by asterisks, of the same length; returns how many were found. */
size_t secrets_mask_in_place(const secrets *s, char *text, size_t length);

#endif
