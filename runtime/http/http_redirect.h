/* Redirects: followed within one origin, a few times. */
#ifndef PERIGEE_HTTP_REDIRECT_H
#define PERIGEE_HTTP_REDIRECT_H

#include "http/http_exchange.h"

/* Is the response a redirect, to be followed or refused, and so none for its owner? */
bool http_redirect_is(const http_exchange *x);

/*
 * Turns the exchange to where its response sends it. True: it is to be sent again. False: it is not; x->code says
 * whether the redirect was refused, or there was none to follow.
 */
bool http_redirect_follow(http_exchange *x);

#endif
