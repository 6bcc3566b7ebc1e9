/* How each transfer is set up: protocols, trust, proxy. Apart from http.c, which runs them. */
#ifndef PERIGEE_HTTP_SETUP_H
#define PERIGEE_HTTP_SETUP_H

#include "base/bytes.h"

#include <curl/curl.h>

typedef struct http_setup {
  bytes user_agent;
  bytes ca_file, ca_path, ca_text; /* empty: libcurl's own */
  bytes proxy;                     /* may hold a password: wiped */
} http_setup;

/* Reads SSL_CERT_FILE, CURL_CA_BUNDLE and SSL_CERT_DIR, which libcurl the library does not. False: memory is short. */
bool http_setup_init(http_setup *s, const char *user_agent);
void http_setup_free(http_setup *s);

/* A path of a file of certificates, or their PEM text. False: memory is short. */
bool http_setup_trust(http_setup *s, const char *ca);

/* libcurl's reason for a failure as it may be shown: where it repeats a proxy's address, a password could stand there.
 */
const char *http_setup_reason(const char *reason);

/* Applies all of it to a transfer. */
void http_setup_apply(const http_setup *s, CURL *easy);

/* The address of a transfer, which is copied. False: memory is short. */
bool http_setup_address(const http_setup *s, CURL *easy, const char *url);

#endif
