#include "http/http_guard.h"

#include "http/allowed_hosts.h"
#include "http/http_error.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned port_of(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
  return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
}

static bool has_port(const char *proxy, unsigned port) {
  CURLU *u = curl_url();
  char *text = NULL;
  bool same = u && curl_url_set(u, CURLUPART_URL, proxy, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  /* libcurl takes 1080 for a proxy that names no port, whatever its scheme */
  if (same && curl_url_get(u, CURLUPART_PORT, &text, 0) != CURLUE_OK)
    same = port == 1080;
  else if (same)
    same = strtoul(text, NULL, 10) == port;
  curl_free(text);
  curl_url_cleanup(u);
  return same;
}

/* Is this the port of a proxy that libcurl may use? Told by the port alone, as its name was resolved already. */
static bool is_proxy(const char *configured, unsigned port) {
  static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
  if (configured && *configured) return has_port(configured, port);
  for (const char *const *name = names; *name; name++) {
    const char *proxy = getenv(*name);
    if (proxy && *proxy && has_port(proxy, port)) return true;
  }
  return false;
}

/* libcurl's callback. Against a name that led elsewhere when it was granted (DNS rebinding). */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to) {
  http_exchange *x = user;
  (void)purpose;
  if (allowed_hosts_is_local(&to->addr) && !is_proxy(x->proxy, port_of(&to->addr))) {
    http_fail(x, HTTP_REFUSED,
              "the host's name leads to an address of this machine or of its own link; a stream of your own may ask "
              "such only where it is granted as an address");
    return CURL_SOCKET_BAD;
  }
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

void http_guard_apply(http_exchange *x, const char *proxy) {
  x->proxy = proxy;
  curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETDATA, x);
}
