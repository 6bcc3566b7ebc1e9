/* Why an exchange brought no response. */
#ifndef PERIGEE_HTTP_ERROR_H
#define PERIGEE_HTTP_ERROR_H

#include "http/http_exchange.h"

/* The word that scripts see: "dns" for HTTP_DNS; static. */
const char *http_code_name(http_code code);

/* What a transfer's result means: HTTP_OK, or the nearest code; HTTP_FAILED for what has no code of its own. */
http_code http_error_code(CURLcode result);

/* Notes why the exchange brings no response: a message for people, in place of any before. */
void http_fail(http_exchange *x, http_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
