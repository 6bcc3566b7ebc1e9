#include "http/http.h"
#include "http/inflate.h"

#include <string.h>
#include <strings.h>

bool http_find_header(const http_exchange *x, const char *name, const char **value, size_t *length) {
  size_t n = strlen(name);
  const char *at = x->headers.data, *end = at + x->headers.length;
  while (at && at < end) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    const char *stop = line_end ? line_end : end;
    if ((size_t)(stop - at) > n && at[n] == ':' && strncasecmp(at, name, n) == 0) {
      at += n + 1;
      while (at < stop && (*at == ' ' || *at == '\t')) at++;
      while (stop > at && (stop[-1] == '\r' || stop[-1] == ' ' || stop[-1] == '\t')) stop--;
      *value = at;
      *length = (size_t)(stop - at);
      return true;
    }
    at = line_end ? line_end + 1 : end;
  }
  return false;
}

static http_code fail(http_exchange *x, http_code code, const char *message) {
  snprintf(x->message, sizeof x->message, "%s", message);
  return x->code = code;
}

static http_code inflated(http_exchange *x, bytes *scratch) {
  switch (inflate_gzip(x->body.data, x->body.length, http_get_limits(x->client)->max_body, scratch)) {
  case INFLATE_OK: return HTTP_OK;
  case INFLATE_TOO_LARGE: return fail(x, HTTP_TOO_LARGE, "the answer inflates beyond the limit for a body");
  case INFLATE_NO_MEMORY: return fail(x, HTTP_FAILED, "memory is short");
  default: return fail(x, HTTP_CORRUPT, "the answer's gzip is cut or corrupt");
  }
}

http_code http_body(http_exchange *x, bytes *scratch, bytes **text) {
  const char *encoding;
  size_t length;
  *text = &x->body;
  if (x->dropped)
    return fail(x, HTTP_FAILED, "the answer was let go when its page was closed; response:keep() keeps it");
  bool encoded = http_find_header(x, "Content-Encoding", &encoding, &length) && length &&
                 !(length == 8 && strncasecmp(encoding, "identity", 8) == 0);
  if (!encoded || !x->body.length) return bytes_append(&x->body, "", 0) ? HTTP_OK : HTTP_FAILED;
  if (!(length == 4 && strncasecmp(encoding, "gzip", 4) == 0)) {
    snprintf(x->message, sizeof x->message, "the answer is encoded as %.*s, which was not asked for",
             (int)(length < 40 ? length : 40), encoding);
    return x->code = HTTP_CORRUPT;
  }
  *text = scratch;
  return inflated(x, scratch);
}

void http_drop_body(http_exchange *x) {
  bytes_free(&x->body);
  x->dropped = true;
}
