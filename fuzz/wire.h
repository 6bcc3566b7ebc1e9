/*
 * The network of a target, within its process: each stream socket that libcurl opens leads here, whatever its address.
 * A name leads nowhere, and no packet leaves the machine.
 */
#ifndef PERIGEE_FUZZ_WIRE_H
#define PERIGEE_FUZZ_WIRE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define WIRE_MOST 128 /* connections at once; further sockets are refused */

/* The server's end of a connection. */
typedef struct wire {
  int near, far;                /* libcurl's descriptor, and ours; -1: closed */
  struct sockaddr_storage peer; /* what was to be connected to; its family 0: nothing yet */
  socklen_t peer_length;
  bytes got;                /* of what was sent, what nobody took yet */
  unsigned asked, answered; /* requests that were taken (wire_request); and of these, whatever the target counts */
  bool has_ended;           /* libcurl closed it */
} wire;

/* The connection of this number, from 0 on; NULL: there are no more. They stay until wire_close_all. */
wire *wire_at(size_t number);

/* Reads what libcurl sent meanwhile, without waiting. */
void wire_listen(wire *w);

/* Takes a whole request off the front of what was sent, its head with the empty line, into `head`; bodies have a
 * Content-Length or none. False: none is whole. */
bool wire_request(wire *w, bytes *head);

/* Sends bytes; what does not fit is lost, with the connection. */
void wire_send(wire *w, const char *data, size_t length);

/* Ends our side. */
void wire_close(wire *w);
void wire_close_all(void);

#endif
