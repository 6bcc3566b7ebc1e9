#include "http/http_setup.h"

#include "http/environment_proxy.h"

#include <stdlib.h>
#include <string.h>

static bool from_environment(bytes *to, const char *name) {
  const char *value = getenv(name);
  return !value || !*value || to->length || bytes_text(to, value);
}

bool http_setup_init(http_setup *s, const char *user_agent) {
  *s = (http_setup){0};
  return bytes_text(&s->user_agent, user_agent) && from_environment(&s->ca_file, "CURL_CA_BUNDLE") &&
         from_environment(&s->ca_file, "SSL_CERT_FILE") && from_environment(&s->ca_path, "SSL_CERT_DIR");
}

void http_setup_free(http_setup *s) {
  bytes_free(&s->user_agent);
  bytes_free(&s->ca_file);
  bytes_free(&s->ca_path);
  bytes_free(&s->ca_text);
  bytes_wipe(&s->proxy);
}

bool http_setup_trust(http_setup *s, const char *ca) {
  bytes *to = strstr(ca, "-----BEGIN") ? &s->ca_text : &s->ca_file;
  bytes_clear(to);
  return bytes_text(to, ca);
}

const char *http_setup_reason(const char *reason) {
  bool repeats = strncmp(reason, "Unsupported proxy ", 18) == 0;
  return repeats ? "the proxy's address is none that can be used; write it as http://host:port" : reason;
}

/* Debian's default CApath makes libcurl read certificates anew for each connection: off, unless the environment names
 * one. */
static void apply_trust(const http_setup *s, CURL *easy) {
  curl_easy_setopt(easy, CURLOPT_CAPATH, s->ca_path.length ? s->ca_path.data : NULL);
  if (s->ca_file.length) curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca_file.data);
  if (s->ca_text.length) {
    struct curl_blob pem = {.data = s->ca_text.data, .len = s->ca_text.length, .flags = CURL_BLOB_COPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &pem);
  }
}

void http_setup_apply(const http_setup *s, CURL *easy) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a hanging resolver must not outlast check's ten seconds */
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, s->user_agent.data);
  if (s->proxy.length) { /* it was named for this source: NO_PROXY is about that of the environment */
    curl_easy_setopt(easy, CURLOPT_PROXY, s->proxy.data);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  }
  apply_trust(s, easy);
}

/* A request of plain HTTP that goes to a proxy has the whole address for its target. */
static bool may_go_to_proxy(const http_setup *s, const char *url) {
  return strncmp(url, "https://", 8) != 0 && (s->proxy.length || environment_proxy(0, true));
}

/* RFC 9112, section 3.2.1. Where libcurl 7.88 lacks memory for its copy of a query, it goes on without one, and others
 * than the records that are asked for come: so it is told. A path with dots, which libcurl takes out, and no query are
 * left to it. */
static bool write_target(const char *url, bytes *out) {
  const char *scheme = strstr(url, "://"), *path = scheme ? scheme + 3 + strcspn(scheme + 3, "/?#") : "";
  size_t length = strcspn(path, "#"), before = strcspn(path, "?#");
  if (before == length || memmem(path, before, "/.", 2)) return true;
  return (*path == '/' || bytes_text(out, "/")) && bytes_append(out, path, length);
}

bool http_setup_address(const http_setup *s, CURL *easy, const char *url) {
  bytes target = {0};
  bool ok = may_go_to_proxy(s, url) || write_target(url, &target);
  ok = ok && curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK; /* which copies it */
  if (ok && target.length) ok = curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target.data) == CURLE_OK;
  bytes_wipe(&target);
  return ok;
}
