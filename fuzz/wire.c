#include "wire.h"

#include "input.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

static wire wires[WIRE_MOST];
static size_t count;

wire *wire_at(size_t number) {
  return number < count ? &wires[number] : NULL;
}

static wire *near_of(int descriptor) {
  for (size_t i = count; i-- > 0;) /* the newest first: numbers come again */
    if (wires[i].near == descriptor) return &wires[i];
  return NULL;
}

/* ---- in place of libc's: libcurl, and whoever else is in this process, comes here */

int socket(int domain, int type, int protocol) {
  int ends[2];
  bool is_stream = (type & 0xF) == SOCK_STREAM && (domain == AF_INET || domain == AF_INET6);
  if (!is_stream) return (int)syscall(SYS_socket, domain, type, protocol);
  if (count == WIRE_MOST || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    errno = EMFILE;
    return -1;
  }
  bytes kept = wires[count].got;
  wires[count] = (wire){.near = ends[0], .far = ends[1], .got = kept};
  bytes_clear(&wires[count++].got);
  return ends[0];
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
  wire *w = near_of(descriptor);
  if (!w) return (int)syscall(SYS_connect, descriptor, address, length);
  w->peer_length = length < sizeof w->peer ? length : sizeof w->peer;
  memcpy(&w->peer, address, w->peer_length);
  return 0;
}

int getpeername(int descriptor, struct sockaddr *address, socklen_t *length) {
  const wire *w = near_of(descriptor);
  if (!w || !w->peer_length) return (int)syscall(SYS_getpeername, descriptor, address, length);
  if (*length > w->peer_length) *length = w->peer_length;
  memcpy(address, &w->peer, *length);
  return 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  (void)node, (void)service, (void)hints;
  *result = NULL;
  return EAI_NONAME;
}

/* ---- the server's end */

void wire_listen(wire *w) {
  char buffer[4096];
  ssize_t n;
  while (w->far >= 0 && (n = read(w->far, buffer, sizeof buffer)) >= 0) {
    if (!n) w->has_ended = true;
    if (!n) return;
    MUST(bytes_append(&w->got, buffer, (size_t)n));
  }
}

static size_t body_length(const char *head, const char *end) {
  static const char name[] = "\r\nContent-Length:";
  for (const char *at = head; at + sizeof name < end; at++)
    if (strncasecmp(at, name, sizeof name - 1) == 0) return strtoul(at + sizeof name - 1, NULL, 10);
  return 0;
}

bool wire_request(wire *w, bytes *head) {
  const char *end = w->got.length ? memmem(w->got.data, w->got.length, "\r\n\r\n", 4) : NULL;
  if (!end) return false;
  size_t length = (size_t)(end + 4 - w->got.data), body = body_length(w->got.data, end + 4);
  if (w->got.length - length < body) return false;
  bytes_clear(head);
  MUST(bytes_append(head, w->got.data, length));
  bytes_drop_front(&w->got, length + body, w->got.capacity);
  w->asked++;
  return true;
}

void wire_send(wire *w, const char *data, size_t length) {
  while (length && w->far >= 0) {
    ssize_t n = send(w->far, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) wire_close(w);
    if (n <= 0) return;
    data += n;
    length -= (size_t)n;
  }
}

void wire_close(wire *w) {
  if (w->far >= 0) close(w->far);
  w->far = -1;
}

void wire_close_all(void) {
  for (size_t i = 0; i < count; i++) wire_close(&wires[i]);
  count = 0;
}
