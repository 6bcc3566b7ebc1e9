/* Why an exchange brought no answer, told from libcurl's results. */
#ifndef PERIGEE_HTTP_ERROR_H
#define PERIGEE_HTTP_ERROR_H

#include "http/http.h"

/* What a transfer's result means: HTTP_OK, or the nearest fault; HTTP_FAILED for what has no code of its own. */
http_code http_error_code(CURLcode result);

#endif
