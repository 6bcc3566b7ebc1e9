/* Building a request, before http_start. */
#include "http/http_request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void refuse(http_exchange *x, http_code code, const char *message) {
  x->code = code;
  snprintf(x->message, sizeof x->message, "%s", message);
}

/* It is sent as it is: a space or a line break in it would make another request of it. */
static bool is_word(const char *method) {
  const char *c = method;
  while (isalpha((unsigned char)*c)) c++;
  return c > method && !*c;
}

http_exchange *http_new_exchange(http *h, const char *method, const char *url) {
  http_exchange *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  x->client = h;
  if (bytes_text(&x->method, method) && bytes_text(&x->asked, url) && bytes_text(&x->url, url) &&
      http_header(x, "Accept-Encoding", "gzip")) {
    if (!is_word(method)) refuse(x, HTTP_REFUSED, "a method must be a word of letters");
    return x;
  }
  http_free_exchange(x);
  return NULL;
}

/* A line break in a value would let it add headers of its own; a zero byte would cut it. */
static bool plain_text(const bytes *text) {
  for (size_t i = 0; i < text->length; i++) {
    unsigned char c = (unsigned char)text->data[i];
    if ((c < 32 && c != '\t') || c == 127) return false;
  }
  return true;
}

/* A token of RFC 9110. libcurl and servers take "Host;" and "Host " for what they are not by their letters. */
static bool is_token(const char *name) {
  const char *c = name;
  while (isalnum((unsigned char)*c) || (*c && strchr("!#$%&'*+-.^_`|~", *c))) c++;
  return c > name && !*c;
}

bool http_header(http_exchange *x, const char *name, const char *value) {
  bytes line = {0};
  bool named = bytes_printf(&line, "%s: ", name);
  const secrets *store = http_get_secrets(x->client);
  secrets_code code = !named ? SECRETS_NO_MEMORY : SECRETS_OK;
  if (named && store)
    code = secrets_expand(store, value, x->url.data, &line);
  else if (named && !bytes_text(&line, value))
    code = SECRETS_NO_MEMORY;
  struct curl_slist *list = NULL;
  if (code == SECRETS_NOT_GRANTED) {
    refuse(x, HTTP_REFUSED, "a secret of the config was to be sent to a host that it is not for; it was not sent");
  } else if (code == SECRETS_OK && !plain_text(&line)) {
    refuse(x, HTTP_REFUSED, "a header holds a line break or another control character; check the token in the config");
  } else if (code == SECRETS_OK && !is_token(name)) {
    refuse(x, HTTP_REFUSED, "a header's name may hold letters, digits and !#$%&'*+-.^_`|~ only");
  } else if (code == SECRETS_OK) {
    list = curl_slist_append(x->request_headers, line.data);
  }
  if (list)
    x->request_headers = list;
  else if (x->code == HTTP_OK) /* without this header it must not be sent */
    refuse(x, HTTP_FAILED, "memory is short");
  bytes_wipe(&line);
  return list != NULL;
}

bool http_payload(http_exchange *x, const void *data, size_t length) {
  return bytes_append(&x->payload, data, length);
}

static void set_method(http_exchange *x) {
  if (strcmp(x->method.data, "GET") != 0) curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, x->method.data);
  if (strcmp(x->method.data, "HEAD") == 0) curl_easy_setopt(x->easy, CURLOPT_NOBODY, 1L);
  if (!x->payload.length) return;
  curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->payload.length);
  curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->payload.data);
  curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, x->method.data);
}

/*
 * One HTTP/2 connection for all streams. Without TLS there is none, and libcurl would have all requests wait for the
 * first answer to find that out.
 */
static void wait_to_multiplex(http_exchange *x) {
  curl_easy_setopt(x->easy, CURLOPT_PIPEWAIT, strncasecmp(x->url.data, "https:", 6) == 0 ? 1L : 0L);
}

void http_request_apply(http_exchange *x) {
  wait_to_multiplex(x);
  set_method(x);
}
