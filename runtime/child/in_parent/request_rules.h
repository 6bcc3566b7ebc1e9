/* In the parent: what the request of a child may hold, whatever its script has become. */
#ifndef PERIGEE_REQUEST_RULES_H
#define PERIGEE_REQUEST_RULES_H

#include "http/allowed_hosts.h"
#include "http/http.h"

/* Refuses the exchange (HTTP_REFUSED and its message) where its method is none that a script may use, or none for the
 * configured host. `in_script`: methods can be granted there. */
void request_check_method(const allowed_hosts *allowed, bool in_script, http_exchange *x);

/* The same for another request, such as a login's, that it needs. */
void request_check_url(const allowed_hosts *allowed, bool in_script, http_exchange *x, const char *method,
                       const char *url);

/*
 * Adds a header line, "name: value", which is cut in two. One that is ours to set has the exchange refused. False: it
 * is no such line.
 */
bool request_add_header(http_exchange *x, bytes *line);

/* Those that one child named: at most MESSAGE_MAX_ENDPOINTS. */
typedef struct named_endpoints {
  bytes names; /* each a method, a blank and an endpoint, with a zero byte behind it */
  size_t count;
} named_endpoints;

/* The endpoint by which the request is paced: the one that it names, or UNNAMED where it names none or too many. */
const char *request_endpoint(named_endpoints *named, const bytes *method, const bytes *endpoint);
#define REQUEST_UNNAMED "*" /* paced like any other, so that limits hold for all */

/* Why nothing is requested of this URL, for people: at most `size` bytes. `in_script`: hosts can be named there. */
void request_explain_refusal(const allowed_hosts *allowed, bool in_script, const bytes *url, char *message,
                             size_t size);

#endif
