/* Why an exchange brought no answer, told from libcurl's results. */
#ifndef PERIGEE_HTTP_FAULT_H
#define PERIGEE_HTTP_FAULT_H

#include "http.h"

/* What a transfer's result means: HTTP_OK, or the nearest fault; HTTP_FAILED for what has no code of its own. */
http_code http_fault_code(CURLcode result);

#endif
