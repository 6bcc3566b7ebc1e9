/* Why an exchange brought no response. */
#ifndef PERIGEE_HTTP_ERROR_H
#define PERIGEE_HTTP_ERROR_H

#include "http/http_exchange.h"

/* The word for scripts: "dns" for HTTP_DNS; static. */
const char *http_code_name(http_code code);

/* The word for scripts: "tls" for HTTP_WAIT_TLS; static. */
const char *http_wait_name(http_wait what);

/* The code nearest to a transfer's result: HTTP_OK if it went well, HTTP_FAILED where no other code fits. */
http_code http_error_code(CURLcode result);

/* Notes why the exchange brings no response: a message for people, in place of any before. */
void http_fail(http_exchange *x, http_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
