#include "child/in_parent/request_rules.h"

#include "base/url.h"
#include "child/message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* These would make another request of it than the one that was granted, on a connection that others use too. */
static bool is_ours(const char *header) {
  static const char *const names[] = {
      "Host:", "Content-Length:", "Transfer-Encoding:", "Connection:", "Upgrade:", NULL};
  for (const char *const *name = names; *name; name++)
    if (strncasecmp(header, *name, strlen(*name)) == 0) return true;
  return false;
}

/* Nor one that servers and proxies do not take for a request of what the URL names, as CONNECT. */
static bool is_method(const char *method) {
  static const char *const names[] = {"GET",     "HEAD",  "POST",   "PUT",      "PATCH",  "DELETE",
                                      "OPTIONS", "QUERY", "SEARCH", "PROPFIND", "REPORT", NULL};
  const char *const *name = names;
  while (*name && strcmp(*name, method) != 0) name++;
  return *name != NULL;
}

/* Wherever the token goes, it is the configured host's. */
static bool may_send(const allowed_hosts *allowed, const http_exchange *x, const char *method, const char *url) {
  const secrets *store = http_get_secrets(x->client);
  return allowed_hosts_may_send(allowed, url, method, store && secrets_are_for(store, url));
}

void request_check_url(const allowed_hosts *allowed, bool in_script, http_exchange *x, const char *method,
                       const char *url) {
  if (x->code != HTTP_OK || may_send(allowed, x, method, url)) return;
  if (http_is_offline(x->client)) return; /* a replay changes nothing */
  (void)snprintf(x->message, sizeof x->message,
                 "%.40s may change things at the configured host, and is not granted to this stream; put %s%.40s%s",
                 method, in_script ? "`methods = { \"" : "\"methods\": [\"", method,
                 in_script ? "\" }` into its script" : "\"] into its entry in custom_streams");
  x->code = HTTP_REFUSED;
}

void request_check_method(const allowed_hosts *allowed, bool in_script, http_exchange *x) {
  if (x->code == HTTP_OK && !is_method(x->method.data)) {
    (void)snprintf(x->message, sizeof x->message, "a stream of your own cannot use the method %.40s", x->method.data);
    x->code = HTTP_REFUSED;
  }
  request_check_url(allowed, in_script, x, x->method.data, x->url.data);
}

static bool is_named(const named_endpoints *named, const bytes *name) {
  for (size_t at = 0; at < named->names.length; at += strlen(named->names.data + at) + 1)
    if (strcmp(named->names.data + at, name->data) == 0) return true;
  return false;
}

static bool add_name(named_endpoints *named, const bytes *name) {
  if (named->count == MESSAGE_MAX_ENDPOINTS || !bytes_append(&named->names, name->data, name->length + 1)) return false;
  named->count++;
  return true;
}

const char *request_endpoint(named_endpoints *named, const bytes *method, const bytes *endpoint) {
  bytes name = {0};
  if (!endpoint->length || endpoint->length > MESSAGE_LONGEST_ENDPOINT) return REQUEST_UNNAMED;
  bool known =
      bytes_printf(&name, "%s %s", method->data, endpoint->data) && (is_named(named, &name) || add_name(named, &name));
  bytes_free(&name);
  return known ? endpoint->data : REQUEST_UNNAMED;
}

bool request_add_header(http_exchange *x, bytes *line) {
  char *colon = line->data ? strstr(line->data, ": ") : NULL;
  if (!colon) return false;
  if (strncasecmp(line->data, "Accept-Encoding:", 16) == 0) return true; /* every exchange has it already */
  if (is_ours(line->data) && x->code == HTTP_OK) {
    x->code = HTTP_REFUSED;
    (void)snprintf(x->message, sizeof x->message, "a stream of your own cannot set the header %.40s", line->data);
  }
  *colon = 0;
  http_add_header(x, line->data, colon + 2); /* what is wrong with it, the exchange remembers */
  return true;
}

void request_explain_refusal(const allowed_hosts *allowed, bool in_script, const bytes *url, char *message,
                             size_t size) {
  bytes origin = {0};
  bool is_url = url_origin(url->data, &origin);
  const char *where = in_script ? "`hosts` in its script" : "the `hosts` of its entry in custom_streams";
  if (!is_url)
    (void)snprintf(message, size, "%.200s is no address of http or https", url->data);
  else if (!allowed->configured.length && !allowed->origins.length)
    (void)snprintf(message, size, "no host is granted to this stream, so %.200s was not asked; put it into %s",
                   origin.data, where);
  else
    (void)snprintf(message, size, "%.200s is not granted to this stream and was not asked; put it into %s", origin.data,
                   where);
  bytes_free(&origin);
}
