/* The proxies that the environment names for libcurl, as libcurl-env(3) tells; HTTP_PROXY is none, for a client may set
 * it by a header where this runs as CGI (CVE-2016-5385). */
#ifndef PERIGEE_ENVIRONMENT_PROXY_H
#define PERIGEE_ENVIRONMENT_PROXY_H

#include <stdbool.h>
#include <stddef.h>

/* The i-th that is set, from 0 on; NULL: there are no more. `plain`: of those for plain HTTP alone. */
const char *environment_proxy(size_t i, bool plain);

#endif
