/* The hosts to which a user's own stream may send requests. */
#ifndef PERIGEE_ALLOWED_HOSTS_H
#define PERIGEE_ALLOWED_HOSTS_H

#include "base/bytes.h"

#include <sys/socket.h>

typedef struct allowed_hosts {
  bytes origins;    /* each with a zero byte behind it */
  bytes configured; /* the origin of the configured host; empty: none */
  bytes methods;    /* by which things may be changed at the configured host, each with a zero byte behind it */
  bool public_only; /* whoever wrote the configuration must not reach the network around this machine */
} allowed_hosts;

/* The configured host's URL. False: it is none, or memory is short. */
bool allowed_hosts_configure(allowed_hosts *g, const char *url);

/* One more: a host (https is meant), host:port, or an origin such as http://127.0.0.1:8080. False: it is none. */
bool allowed_hosts_add(allowed_hosts *g, const char *host);
void allowed_hosts_free(allowed_hosts *g);

/* One more method by which things may be changed at the configured host: POST, PUT, PATCH or DELETE. False: another. */
bool allowed_hosts_allow(allowed_hosts *g, const char *method);

/* May a request of this method go to this URL? A method that changes nothing (RFC 9110, 9.2.1) may, and to another host
 * than the configured one any. `home`: this host counts as the configured one. */
bool allowed_hosts_may_send(const allowed_hosts *g, const char *url, const char *method, bool home);

/*
 * How a URL may be requested. GUARDED: only where its host's name leads to no loopback or link-local address, for
 * whoever owns the name may let it lead anywhere; not said of the configured host, and of hosts that are written as
 * such. PUBLIC: where public_only, all hosts; they must lead to no address of a private network either.
 */
typedef enum grant { GRANT_NONE, GRANT_GUARDED, GRANT_PUBLIC, GRANT_FREE } grant;
grant allowed_hosts_find(const allowed_hosts *g, const char *url);

/* May a host of this grant lead to this address? An IPv4 address in IPv6's clothes is taken for what it is. */
bool allowed_hosts_admit(grant granted, const struct sockaddr *address);

#endif
