/* Keeps an exchange away from this machine's own addresses, by the address that its host's name really led to. */
#ifndef PERIGEE_HTTP_GUARD_H
#define PERIGEE_HTTP_GUARD_H

#include "http/http_exchange.h"

/* `proxy`: the configured one, or NULL. A proxy's address is not guarded, for it connects in our place. */
void http_guard_apply(http_exchange *x, const char *proxy);

#endif
