#include "http/http_redirect.h"

#include "base/clock.h"
#include "base/url.h"
#include "http/http_error.h"
#include "http/http_request.h"
#include "http/http_response.h"

#include <string.h>

#define MAX_REDIRECTS 5

bool http_redirect_is(const http_exchange *x) {
  return x->status >= 301 && x->status <= 308;
}

/* Masked before it is cut short: half a secret would be left of it. */
static void refuse(http_exchange *x, bytes *target, bool same_origin) {
  if (target && x->common->store) secrets_mask_in_place(x->common->store, target->data, target->length);
  http_fail(x, HTTP_REDIRECT, "status %ld sends to %.200s, which is %s", x->status,
            target ? target->data : "no usable address",
            same_origin ? "one redirect too many" : "not followed: another origin");
}

static void begin_again(http_exchange *x, bytes *target) {
  bytes_free(&x->url);
  x->url = *target;
  *target = (bytes){0};
  x->redirects++;
  bytes_clear(&x->body);
  x->received = 0;
  x->cut_short = false;
  x->sent = x->first = 0;
  x->marked_bytes = 0;
  x->mark = clock_ticks();
}

/* What a form was sent to answers with 303, older servers with 301 and 302: the answer is there, for a GET. */
static bool becomes_get(const http_exchange *x) {
  if (strcmp(x->method.data, "GET") == 0 || strcmp(x->method.data, "HEAD") == 0) return false;
  return x->status == 303 || ((x->status == 301 || x->status == 302) && strcmp(x->method.data, "POST") == 0);
}

bool http_redirect_follow(http_exchange *x) {
  const char *value;
  size_t length;
  bool unused = x->status > 303 && x->status < 307; /* 304 to 306 send nowhere */
  if (!http_redirect_is(x) || unused || !http_find_header(x, "Location", &value, &length)) return false;
  bytes location = {0}, target = {0};
  bool resolved = bytes_append(&location, value, length) && url_resolve(x->url.data, location.data, &target);
  bool same_origin = resolved && url_same_origin(x->url.data, target.data);
  bool again = same_origin && x->redirects < MAX_REDIRECTS;
  if (!again)
    refuse(x, resolved ? &target : NULL, same_origin);
  else if (becomes_get(x) && !http_request_turn(x))
    http_fail(x, HTTP_FAILED, "memory is short");
  else
    begin_again(x, &target);
  bytes_free(&location);
  bytes_free(&target);
  return again && x->code == HTTP_OK;
}
