/* Secrets in a request: where they may stand, in place of their handles, and where none may. */
#ifndef PERIGEE_HTTP_SECRETS_H
#define PERIGEE_HTTP_SECRETS_H

#include "http/http_exchange.h"

/* Each false: x->message says why it is refused. */

/* Appends a text with its secrets in place of their handles. */
bool http_expand(http_exchange *x, const char *text, bytes *out);

/* Adds a parameter to the query that is sent, and to no address that anybody sees. The name's end is its length. */
bool http_add_secret_parameter(http_exchange *x, const bytes *name, const char *value);

/* A handle in the address or in the payload would be sent as it is: the exchange fails, and names it. */
void http_refuse_misplaced(http_exchange *x);

/* The URL as it is sent, appended. False: memory is short. */
bool http_sent_url(const http_exchange *x, bytes *out);

#endif
