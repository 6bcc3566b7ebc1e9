/* The hosts that a user's own stream may ask. */
#ifndef PERIGEE_GRANTS_H
#define PERIGEE_GRANTS_H

#include "bytes.h"

#include <sys/socket.h>

typedef struct grants {
  bytes origins;    /* each with a zero byte behind it */
  bytes configured; /* the origin of the configured host; empty: none */
} grants;

/* The configured host's URL. False: it is none, or memory is short. */
bool grants_configure(grants *g, const char *url);

/* One more: a host (https is meant), host:port, or an origin such as http://127.0.0.1:8080. False: it is none. */
bool grants_add(grants *g, const char *host);
void grants_free(grants *g);

/*
 * How a URL may be asked. GUARDED: only where its host's name leads to no loopback or link-local address, for whoever
 * owns the name may let it lead anywhere; not said of the configured host, and of hosts that are written as such.
 */
typedef enum grant { GRANT_NONE, GRANT_GUARDED, GRANT_FREE } grant;
grant grants_find(const grants *g, const char *url);

/* Does this address lead to this machine or its own link? An IPv4 address in IPv6's clothes too. */
bool grants_is_local(const struct sockaddr *address);

#endif
