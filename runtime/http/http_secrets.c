#include "http/http_secrets.h"

#include "base/url.h"
#include "http/http_error.h"

#include <string.h>

static void refuse(http_exchange *x, const char *text) {
  static const char said[] = "a secret of the config was to be sent to a host that it is not for; it was not sent";
  const char *name = NULL;
  const granted_origins *meant = secrets_origins(x->common->store, text, x->url.data, &name);
  bytes asked = {0};
  if (meant && url_origin(x->url.data, &asked))
    http_fail(x, HTTP_REFUSED,
              "%s (%s is for %s%s%s alone, and not for %s; were it for that, its `host` would be \"%s\")", said,
              name ? name : "it", meant->first.data, meant->second.length ? " and " : "",
              meant->second.length ? meant->second.data : "", asked.data, asked.data);
  else
    http_fail(x, HTTP_REFUSED, "%s", said);
  bytes_free(&asked);
}

bool http_expand(http_exchange *x, const char *text, bytes *out) {
  const secrets *store = x->common->store;
  secrets_code code = SECRETS_NO_MEMORY;
  if (store)
    code = secrets_expand(store, text, x->url.data, out);
  else if (bytes_text(out, text))
    code = SECRETS_OK;
  if (code == SECRETS_NOT_GRANTED) refuse(x, text);
  if (code == SECRETS_NO_MEMORY) http_fail(x, HTTP_FAILED, "memory is short"); /* it must not go without this one */
  return code == SECRETS_OK;
}

bool http_add_secret_parameter(http_exchange *x, const bytes *name, const char *value) {
  bytes plain = {0};
  bool ok = http_expand(x, value, &plain);
  bool added = ok && bytes_text(&x->secret_query, x->secret_query.length ? "&" : "") &&
               url_encode(name->data, name->length, &x->secret_query) && bytes_text(&x->secret_query, "=") &&
               url_encode(plain.data, plain.length, &x->secret_query);
  if (ok && !added) http_fail(x, HTTP_FAILED, "memory is short");
  bytes_wipe(&plain);
  return added;
}

void http_refuse_misplaced(http_exchange *x) {
  const secrets *store = x->common->store;
  if (!store || x->code != HTTP_OK) return;
  const char *place = "address", *name = secrets_named(store, x->request_url.data, x->request_url.length);
  if (!name && (name = secrets_named(store, x->payload.data, x->payload.length))) place = "body";
  if (name)
    http_fail(
        x, HTTP_REFUSED,
        "the secret %.100s cannot stand in the %s of a request, and it was not sent; secrets stand in headers, and "
        "where `auth` of the stream says: its query, Basic, or a login",
        name, place);
}

/* A server that redirects may have repeated the parameters. */
bool http_sent_url(const http_exchange *x, bytes *out) {
  bool repeated = x->redirects && x->secret_query.length && strstr(x->url.data, x->secret_query.data);
  if (!bytes_text(out, x->url.data) || !x->secret_query.length || repeated) return out->data != NULL;
  return bytes_text(out, strchr(x->url.data, '?') ? "&" : "?") &&
         bytes_append(out, x->secret_query.data, x->secret_query.length);
}
