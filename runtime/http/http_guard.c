#include "http/http_guard.h"

#include "http/allowed_hosts.h"
#include "http/environment_proxy.h"
#include "http/http_error.h"
#include "http/http_flood.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

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
  const char *proxy = NULL;
  if (configured && *configured) return has_port(configured, port);
  for (size_t i = 0; (proxy = environment_proxy(i, false)); i++)
    if (has_port(proxy, port)) return true;
  return false;
}

static bool is_exempt(const http_exchange *x, unsigned port) {
  bool configured = x->proxy && *x->proxy;
  return !(x->granted == GRANT_PUBLIC && configured) && is_proxy(x->proxy, port);
}

/* Is it looked at where this is connected? */
static bool is_guarded(const http_exchange *x) {
  return x->granted == GRANT_GUARDED || x->granted == GRANT_PUBLIC;
}

static bool admits(http_exchange *x, const struct sockaddr *address) {
  static const char here[] = "the host's name leads to an address of this machine or of its own link; a stream of your "
                             "own may ask such only where it is granted as an address";
  static const char near[] = "the host leads to an address of this machine or of a private network, and "
                             "DEPLOYMENT_MODE=CLOUD keeps streams of your own from such";
  if (allowed_hosts_admit(x->granted, address) || is_exempt(x, port_of(address))) return true;
  http_fail(x, HTTP_REFUSED, "%s", x->granted == GRANT_PUBLIC ? near : here);
  return false;
}

/* libcurl's callback. Against a name that led elsewhere when it was granted (DNS rebinding). */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to) {
  (void)purpose;
  return !is_guarded(user) || admits(user, &to->addr) ? http_flood_open(to) : CURL_SOCKET_BAD;
}

bool http_guard_admits(http_exchange *x, const char *ip, int port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  if (!is_guarded(x)) return true;
  if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1) return admits(x, (const struct sockaddr *)(const void *)&v4);
  (void)inet_pton(AF_INET6, ip, &v6.sin6_addr); /* what is no address is refused as :: */
  return admits(x, (const struct sockaddr *)(const void *)&v6);
}

void http_guard_apply(http_exchange *x, const char *proxy) {
  x->proxy = proxy;
  curl_easy_setopt(x->easy, CURLOPT_CLOSESOCKETFUNCTION, http_flood_close);
  curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETDATA, x);
}
