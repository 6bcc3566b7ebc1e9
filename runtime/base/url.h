/* URLs, read and joined by libcurl's own parser, so that what we compare is what libcurl requests. */
#ifndef PERIGEE_URL_H
#define PERIGEE_URL_H

#include "base/bytes.h"

/*
 * The origin of an http or https URL: `https://host:port`, in lower case, the port always written out (RFC 6454).
 * Appends to `out` (ends with a zero byte that is not counted). False: not such a URL, or memory is short.
 */
bool url_origin(const char *url, bytes *out);

/* Do both have the same origin? False also when either is no URL. */
bool url_same_origin(const char *a, const char *b);

/*
 * Is this text an https origin of the default port, at a domain (with a dot in it) or below it, and nothing else? Lower
 * case alone is taken, whole labels, no user, no trailing dot, no escapes; `:443` and a slash may follow.
 */
bool url_is_below(const char *text, const char *domain);

/* Is the origin, as url_origin writes it, in a list of them, of which each ends with a zero byte? */
bool url_is_listed(const bytes *origins, const char *origin);

/* `location` as seen from `base` (RFC 3986): appends the whole URL. False: it makes no URL. */
bool url_resolve(const char *base, const char *location, bytes *out);

/* Appends the text percent-encoded, all but letters, digits and -._~ (RFC 3986, unreserved). */
bool url_encode(const char *text, size_t length, bytes *out);

/* Appends path and query of a URL. False: not a URL. */
bool url_path_and_query(const char *url, bytes *out);

#endif
