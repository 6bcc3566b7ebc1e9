/* Where one secret may be sent: the origin that it was granted to, and at the most one more below the same domain. */
#ifndef PERIGEE_GRANTED_ORIGINS_H
#define PERIGEE_GRANTED_ORIGINS_H

#include "base/bytes.h"

typedef struct granted_origins {
  bytes first;  /* as url_origin writes it; empty until granted */
  bytes second; /* empty until widened */
} granted_origins;

/* Grants this URL's origin, once: a second, other one is refused. False: refused. */
bool granted_origins_grant(granted_origins *g, const char *url);

/*
 * Grants one origin more, once. Both it, written as nothing but an origin, and the first one must be https, of the
 * default port, and at the domain or below it (url_is_below). False: refused.
 */
bool granted_origins_widen(granted_origins *g, const char *url, const char *domain);

/* Is this URL's origin granted? */
bool granted_origins_admit(const granted_origins *g, const char *url);

void granted_origins_free(granted_origins *g);

#endif
