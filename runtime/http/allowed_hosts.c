#include "http/allowed_hosts.h"

#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

bool allowed_hosts_configure(allowed_hosts *g, const char *url) {
  bytes_clear(&g->configured);
  return url_origin(url, &g->configured);
}

/* A path in a grant would promise a narrower one than there is. */
static bool is_bare(const char *url) {
  bytes rest = {0};
  bool bare = url_path_and_query(url, &rest) && rest.length == 1 && !strpbrk(url, "@#?");
  bytes_free(&rest);
  return bare;
}

bool allowed_hosts_add(allowed_hosts *g, const char *host) {
  bytes url = {0};
  size_t before = g->origins.length;
  bool ok = bytes_printf(&url, "%s%s", strstr(host, "://") ? "" : "https://", host) && is_bare(url.data) &&
            url_origin(url.data, &g->origins) && bytes_append(&g->origins, "", 1);
  if (!ok && g->origins.data) g->origins.length = before;
  bytes_free(&url);
  return ok;
}

void allowed_hosts_free(allowed_hosts *g) {
  bytes_free(&g->origins);
  bytes_free(&g->configured);
  bytes_free(&g->methods);
}

static bool changes(const char *method) {
  static const char *const names[] = {"POST", "PUT", "PATCH", "DELETE", NULL};
  const char *const *name = names;
  while (*name && strcmp(*name, method) != 0) name++;
  return *name != NULL;
}

bool allowed_hosts_allow(allowed_hosts *g, const char *method) {
  return changes(method) && bytes_append(&g->methods, method, strlen(method) + 1);
}

bool allowed_hosts_may_send(const allowed_hosts *g, const char *url, const char *method, bool home) {
  bytes origin = {0};
  bool configured = g->configured.length && url_origin(url, &origin) && strcmp(g->configured.data, origin.data) == 0;
  bytes_free(&origin);
  return !(configured || home) || !changes(method) || url_is_listed(&g->methods, method);
}

/* Is an origin's host an address, or a name that means this machine by definition (RFC 6761)? */
static bool is_literal(const char *origin) {
  const char *start = strstr(origin, "://") + 3, *end = strrchr(start, ':');
  size_t length = end ? (size_t)(end - start) : strlen(start);
  char host[256];
  struct in_addr address;
  if (*start == '[') return true;
  if (length >= sizeof host) return false;
  memcpy(host, start, length);
  host[length] = 0;
  const char *dot = strrchr(host, '.');
  return inet_pton(AF_INET, host, &address) == 1 || strcmp(dot ? dot + 1 : host, "localhost") == 0;
}

grant allowed_hosts_find(const allowed_hosts *g, const char *url) {
  bytes origin = {0};
  grant found = GRANT_NONE;
  if (url_origin(url, &origin)) {
    bool configured = g->configured.length && strcmp(g->configured.data, origin.data) == 0;
    bool listed = configured || url_is_listed(&g->origins, origin.data);
    if (listed && g->public_only)
      found = GRANT_PUBLIC;
    else if (listed)
      found = configured || is_literal(origin.data) ? GRANT_FREE : GRANT_GUARDED;
  }
  bytes_free(&origin);
  return found;
}

/* ---- addresses */

static bool is_local_v4(uint32_t address) {
  unsigned first = address >> 24, second = address >> 16 & 255;
  return first == 127 || first == 0 || (first == 169 && second == 254);
}

/* Of networks that are not the Internet's (RFC 6890), and groups. */
static bool is_private_v4(uint32_t address) {
  unsigned first = address >> 24, second = address >> 16 & 255;
  return first == 10 || (first == 172 && second >= 16 && second < 32) || (first == 192 && second == 168) ||
         (first == 100 && second >= 64 && second < 128) || (first == 198 && (second == 18 || second == 19)) ||
         first >= 224;
}

static bool admits_v4(grant granted, uint32_t address) {
  if (granted == GRANT_FREE) return true;
  return !is_local_v4(address) && (granted != GRANT_PUBLIC || !is_private_v4(address));
}

static bool is_private_v6(const struct in6_addr *address) {
  return (address->s6_addr[0] & 0xFE) == 0xFC || IN6_IS_ADDR_SITELOCAL(address) || IN6_IS_ADDR_MULTICAST(address);
}

/* Amazon's services for the machine itself, its role's keys among them: fd00:ec2::/32, which is not link-local. */
static bool is_amazon_v6(const struct in6_addr *address) {
  static const unsigned char prefix[4] = {0xFD, 0x00, 0x0E, 0xC2};
  return memcmp(address->s6_addr, prefix, sizeof prefix) == 0;
}

/* The IPv4 address within: mapped, compatible, behind a translator (64:ff9b::/96, RFC 6052; of one's own network
 * 64:ff9b:1::/96, RFC 8215) or a tunnel (2002::/16, RFC 3056). */
static bool inner_v4(const struct in6_addr *address, uint32_t *inner) {
  static const unsigned char translated[12] = {0, 0x64, 0xFF, 0x9B}, locally[12] = {0, 0x64, 0xFF, 0x9B, 0, 1};
  bool tunnel = address->s6_addr[0] == 0x20 && address->s6_addr[1] == 0x02;
  bool whole = IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address) ||
               memcmp(address->s6_addr, translated, sizeof translated) == 0 ||
               memcmp(address->s6_addr, locally, sizeof locally) == 0;
  memcpy(inner, address->s6_addr + (tunnel ? 2 : 12), sizeof *inner);
  *inner = ntohl(*inner);
  return tunnel || whole;
}

static bool admits_v6(grant granted, const struct in6_addr *address) {
  uint32_t inner;
  if (granted == GRANT_FREE) return true;
  if (inner_v4(address, &inner)) return admits_v4(granted, inner);
  if (IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) || IN6_IS_ADDR_LINKLOCAL(address)) return false;
  if (is_amazon_v6(address)) return false;
  return granted != GRANT_PUBLIC || !is_private_v6(address);
}

bool allowed_hosts_admit(grant granted, const struct sockaddr *address) {
  if (address->sa_family == AF_INET)
    return admits_v4(granted, ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
  if (address->sa_family == AF_INET6)
    return admits_v6(granted, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
  return granted == GRANT_FREE;
}
