/* A request, before it is sent. */
#ifndef PERIGEE_HTTP_REQUEST_H
#define PERIGEE_HTTP_REQUEST_H

#include "http/http_exchange.h"

/* Fills in a new exchange; `common` is set. The strings are copied. False: memory is short. */
bool http_request_init(http_exchange *x, const char *method, const char *url);

/* Adds a header; handles of secrets in it are exchanged. False: x->message says why it is refused. */
bool http_add_header(http_exchange *x, const char *name, const char *value);

/* The same of a value that holds no handles, such as one that a login brought. */
bool http_add_plain_header(http_exchange *x, const char *name, const char *value);

/* Adds `Authorization: Basic …` (RFC 7617), with secrets in place of their handles. False: x->message says why not. */
bool http_add_basic(http_exchange *x, const char *user, const char *password);

/* Appends to the payload, which is copied. False: memory is short. */
bool http_payload(http_exchange *x, const void *data, size_t length);

/* Has it go on as a GET, without its payload and what describes that (RFC 9110, 15.4). False: memory is short. */
bool http_request_turn(http_exchange *x);

/* Sets method, headers, payload, and which connection it may share. x->easy is there. */
void http_request_apply(http_exchange *x);

/* Frees the memory of the request, and overwrites its secrets. */
void http_request_free(http_exchange *x);

#endif
