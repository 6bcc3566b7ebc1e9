/* What of a request its transfer has to be told, apart from its address and headers. */
#ifndef PERIGEE_HTTP_REQUEST_H
#define PERIGEE_HTTP_REQUEST_H

#include "http/http.h"

/* Sets method, payload, and whether it may wait for a connection to share. x->easy is there. */
void http_request_apply(http_exchange *x);

#endif
