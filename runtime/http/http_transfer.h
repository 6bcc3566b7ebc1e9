/* One transfer of libcurl's: an exchange on its way through the network. */
#ifndef PERIGEE_HTTP_TRANSFER_H
#define PERIGEE_HTTP_TRANSFER_H

#include "http/http_exchange.h"

/* Makes x->easy, ready to be added to a multi handle. False: memory is short. */
bool http_transfer_new(http_exchange *x);

/* Frees x->easy, which is in no multi handle any more; does nothing where there is none. */
void http_transfer_free(http_exchange *x);

/* Takes status and version over, and notes what libcurl's result means, unless a callback noted why it ended.
 * `answered`: its origin has given a good response, so its address is not what is wrong. */
void http_transfer_judge(http_exchange *x, CURLcode result, bool answered);

/* What it waits for, on its way through the network or in place of it. */
http_wait http_transfer_wait(const http_exchange *x);

/* Has the body of a streamed exchange go on, where its owner took enough of it. */
void http_transfer_resume(http_exchange *x);

#endif
