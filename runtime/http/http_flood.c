#include "http/http_flood.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MOST 128 /* sockets at once; further ones are not minded */

static volatile sig_atomic_t
    sockets[MOST]; /* by one more than their number, 0: free; a handler reaches statics alone */
static volatile sig_atomic_t flooded;

/* What is read next is an error, so libcurl returns. */
static void on_flood(int number) {
  int saved = errno;
  (void)number;
  flooded = 1;
  for (size_t i = 0; i < MOST; i++)
    if (sockets[i]) (void)shutdown((int)sockets[i] - 1, SHUT_RDWR);
  errno = saved;
}

static void replace(sig_atomic_t old, sig_atomic_t new) {
  for (size_t i = 0; i < MOST; i++) {
    if (sockets[i] != old) continue;
    sockets[i] = new;
    return;
  }
}

curl_socket_t http_flood_open(const struct curl_sockaddr *to) {
  int made = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  if (made >= 0) replace(0, made + 1);
  return made;
}

int http_flood_close(void *user, curl_socket_t socket) {
  (void)user;
  replace(socket + 1, 0);
  return close(socket);
}

void http_flood_begin(int64_t ms) {
  static bool installed;
  struct sigaction action = {.sa_handler = on_flood, .sa_flags = SA_RESTART};
  if (!installed) {
    sigemptyset(&action.sa_mask);
    installed = sigaction(SIGVTALRM, &action, NULL) == 0;
  }
  flooded = 0;
  struct itimerval limit = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
  if (installed) setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

bool http_flood_end(void) {
  setitimer(ITIMER_VIRTUAL, &(struct itimerval){0}, NULL);
  return flooded;
}
