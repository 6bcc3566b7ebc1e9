/*
 * Against servers that send without an end what brings no response on, such as frames of HTTP/2 of which each is valid:
 * libcurl goes on for as long as something is there to be read, and comes back to nobody who could look at the clock.
 */
#ifndef PERIGEE_HTTP_FLOOD_H
#define PERIGEE_HTTP_FLOOD_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* A socket for libcurl, of those that are closed in a flood; http_flood_close is its CURLOPT_CLOSESOCKETFUNCTION. */
curl_socket_t http_flood_open(const struct curl_sockaddr *to);
int http_flood_close(void *user, curl_socket_t socket);

/* Between the two, all these sockets are shut down after `ms` of processor time. True: they were. */
void http_flood_begin(int64_t ms);
bool http_flood_end(void);

#endif
