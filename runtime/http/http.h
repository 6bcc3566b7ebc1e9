/*
 * HTTP exchanges on one libcurl multi handle: whole responses, with their size limits and failures apart.
 * Nothing here knows Lua. Bodies stay compressed as they came; http_body inflates them.
 */
#ifndef PERIGEE_HTTP_H
#define PERIGEE_HTTP_H

#include "http/http_error.h"
#include "http/http_exchange.h"
#include "http/http_request.h"
#include "http/http_response.h"
#include "http/http_secrets.h"

typedef struct http http;

/*
 * A client. `store` outlives it; without one (NULL) handles of secrets stay in headers as they are. Fails (NULL) only
 * when memory is short.
 */
http *http_new(secrets *store, http_limits limits, const char *user_agent);
void http_free(http *h);
const http_limits *http_get_limits(const http *h);
const secrets *http_get_secrets(const http *h);

/* Further trust and a proxy (its URL, or a secret's handle), in place of the environment's. False: memory is short. */
bool http_trust(http *h, const char *ca);
bool http_use_proxy(http *h, const char *proxy);

/* The file and the folder of the authorities that are trusted, or NULL: what was named, else libcurl's own. */
void http_trusted(const http *h, const char **file, const char **folder);

/* The environment's NO_PROXY, which does not hold for such a proxy; NULL: there is none. */
const char *http_exempt_from_proxy(void);

/*
 * `respond` stands in for the network, from http_start on: it writes the response at once (true; it may set `ended`),
 * or later and then calls http_responded. NULL: the network again.
 */
void http_respond_from(http *h, bool (*respond)(void *user, http_exchange *x), void *user);
void http_responded(http_exchange *x);

/* Does somebody stand in for the network, so that nothing leaves this process? */
bool http_is_offline(const http *h);

/* `observe` sees each exchange when it is done, before its owner does. NULL: nobody. */
void http_observe(http *h, void (*observe)(void *user, http_exchange *x), void *user);

/* A new exchange, not yet started. The strings are copied. NULL: memory is short. */
http_exchange *http_new_exchange(http *h, const char *method, const char *url);

/* Starts it. on_done follows from a later http_step, whatever happens. */
void http_start(http_exchange *x);

/* Goes on with the exchanges that this holds: `prepare` is called again. */
void http_release(http *h, const void *holder);

/* Ends it where it is (on_done is then not called) and frees it. NULL is allowed. */
void http_free_exchange(http_exchange *x);

/* The owner of a streamed exchange takes this many bytes from the front of its body, for which others may come. */
void http_took(http_exchange *x, size_t length);

/* Has a server of this URL's origin given a good response (status 2xx) in this run? */
bool http_has_answered(const http *h, const char *url);

/* What the exchanges with this URL's origin wait for: of those under way, the one that has come furthest. */
http_wait http_waits_for(const http *h, const char *url);

/* Nothing is under way. */
bool http_idle(const http *h);

/* How many exchanges have started and not ended. */
size_t http_under_way(const http *h);

/* Moves everything on, waiting at most `wait` ms, or until something of these descriptors comes. False: the system does
 * not let it wait. */
bool http_step(http *h, int64_t wait, struct curl_waitfd *also, unsigned count);

#endif
