/* What kind of token a secret is, and whether it is one: a word of it, and never its value. */
#ifndef PERIGEE_SECRET_KIND_H
#define PERIGEE_SECRET_KIND_H

#include "secrets/secrets.h"

/*
 * What a token's value has that no token has, as a word for scripts: "quoted", "bearer" (the scheme stands before it),
 * "address" (it is a URL), "marked" (a byte order mark), "blank" (white space or a control character). NULL: nothing,
 * or there is no such secret.
 */
const char *secrets_flaw(const secrets *s, const char *handle);

/* Does a secret's value begin so? For the kinds of tokens, which their first letters tell. */
bool secrets_begins(const secrets *s, const char *handle, const char *prefix);

#endif
