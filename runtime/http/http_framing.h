/* How a response says where its body ends (RFC 9112, 6.3). */
#ifndef PERIGEE_HTTP_FRAMING_H
#define PERIGEE_HTTP_FRAMING_H

#include "http/http_exchange.h"

/* Why nobody can tell whether all of a good response came, for http_fail; NULL: it says its length, in one voice. */
const char *http_framing_doubt(const http_exchange *x);

#endif
