/* Keeps an exchange away from this machine's own addresses, by the address that its host's name really led to. */
#ifndef PERIGEE_HTTP_GUARD_H
#define PERIGEE_HTTP_GUARD_H

#include "http/http_exchange.h"

/*
 * Does nothing for an exchange that may lead anywhere, by its grant. `proxy`: the configured one, or NULL. A proxy's
 * address is not guarded, for it connects in our place; but of a GRANT_PUBLIC the configured one's is.
 */
void http_guard_apply(http_exchange *x, const char *proxy);

/* May the request go out on a connection to this address? One that others opened may be used again. */
bool http_guard_admits(http_exchange *x, const char *ip, int port);

#endif
