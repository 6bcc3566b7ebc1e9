#include "http/http_transfer.h"

#include "base/clock.h"
#include "base/plural.h"
#include "http/http_error.h"
#include "http/http_framing.h"
#include "http/http_guard.h"
#include "http/http_request.h"
#include "http/http_response.h"
#include "http/http_secrets.h"

#include <string.h>
#include <strings.h>

/* Beyond these a response is refused: a header that was cut could lack the link to the next page. */
#define MAX_HEADERS ((size_t)256 << 10)
#define MAX_HEADER_LINES 1000

/* ---- libcurl's callbacks */

/* A line that begins with white space goes on from the one before it, by a blank (RFC 9112, 5.2). */
static void unfold(bytes *headers) {
  size_t length = headers->length;
  while (length && (headers->data[length - 1] == '\n' || headers->data[length - 1] == '\r')) length--;
  headers->length = length;
}

/* Also of a trailer, of which libcurl keeps each line. */
static bool is_bounded(http_exchange *x, size_t length) {
  x->header_bytes += length;
  if (x->header_bytes <= MAX_HEADERS && ++x->header_lines <= MAX_HEADER_LINES) return true;
  http_fail(x, HTTP_FAILED,
            "the response's headers are larger than 256 KiB, or more than %d lines, which perigee refuses",
            MAX_HEADER_LINES);
  return false;
}

static bool add_header_line(http_exchange *x, const char *line, size_t length) {
  if (*line == ' ' || *line == '\t') unfold(&x->headers);
  return bytes_append(&x->headers, line, length);
}

static size_t on_header(char *data, size_t size, size_t count, void *user) {
  http_exchange *x = user;
  size_t length = size * count;
  if (!x->first) x->first = x->mark = clock_ticks(); /* from here on it may stall */
  /* An interim response (1xx) may have come before; a trailer's line may look so, too. */
  if (length > 5 && !x->received && memcmp(data, "HTTP/", 5) == 0) {
    bytes_clear(&x->headers);
    x->headers_ended = false;
    x->header_lines = 0, x->header_bytes = 0;
  }
  if (!is_bounded(x, length)) return 0;
  if (x->headers_ended) return length; /* a trailer says nothing of the list (RFC 9110, 6.5.1) */
  if (*data == '\r' || *data == '\n') x->headers_ended = true;
  return length == 0 || add_header_line(x, data, length) ? length : 0;
}

static bool add_body(http_exchange *x, const char *data, size_t length) {
  if (!x->received) x->is_packed = length > 1 && memcmp(data, "\x1f\x8b", 2) == 0;
  x->received += length;
  return bytes_append(&x->body, data, length);
}

/* Its status and its first words are what counts, so the rest is not waited for. */
static bool add_error_body(http_exchange *x, const char *data, size_t length) {
  size_t max = x->common->limits.max_body < HTTP_ERROR_BODY ? x->common->limits.max_body : HTTP_ERROR_BODY;
  x->cut_short = length > max - x->body.length;
  return add_body(x, data, x->cut_short ? max - x->body.length : length) && !x->cut_short;
}

/* Room for all of it at once where its size is announced; else it doubles, up to the limit. */
static void make_room(http_exchange *x, size_t length, size_t max) {
  curl_off_t whole = 0;
  size_t wanted = x->body.length + length;
  if (wanted <= x->body.capacity) return;
  if (!x->body.length && curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole) == CURLE_OK &&
      whole > 0)
    wanted = (size_t)whole;
  bytes_reserve(&x->body, wanted < max ? wanted : max);
}

/* More than its owner takes waits at the server. An observer needs all of it, as much as a whole body may be. */
static size_t add_part(http_exchange *x, const char *data, size_t length) {
  size_t max = x->common->limits.max_body;
  if (x->body.length >= HTTP_WINDOW) {
    x->paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (x->is_observed && length > max - x->copy.length) {
    http_fail(x, HTTP_TOO_LARGE, "the response is larger than %zu %s, and would not fit into a recording", max,
              plural(max, "byte", "bytes"));
    return 0;
  }
  if (x->is_observed && !bytes_append(&x->copy, data, length)) return 0;
  return add_body(x, data, length) ? length : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  http_exchange *x = user;
  size_t length = size * count, max = x->common->limits.max_body;
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 300) return add_error_body(x, data, length) ? length : 0;
  if (x->streamed) return add_part(x, data, length);
  if (length > max - x->body.length) {
    http_fail(x, HTTP_TOO_LARGE, "the response is larger than %zu %s, the limit for a body", max,
              plural(max, "byte", "bytes"));
    return 0;
  }
  make_room(x, length, max);
  return add_body(x, data, length) ? length : 0;
}

static int on_sending(void *user, char *ip, char *local_ip, int port, int local_port) {
  (void)local_ip, (void)local_port;
  http_exchange *x = user;
  if (!http_guard_admits(x, ip, port)) return CURL_PREREQFUNC_ABORT;
  x->sent = x->mark = clock_ticks();
  return CURL_PREREQFUNC_OK;
}

bool http_transfer_new(http_exchange *x) {
  const http_common *common = x->common;
  x->easy = curl_easy_init();
  if (!x->easy) return false;
  http_setup_apply(&common->setup, x->easy);
  bytes url = {0};
  bool made = http_sent_url(x, &url) && http_setup_address(&common->setup, x->easy, url.data);
  bytes_wipe(&url);
  if (!made) return false;
  curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->reason);
  curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)common->limits.connect);
  curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, on_sending);
  curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
  http_guard_apply(x, common->setup.proxy.data);
  http_request_apply(x);
  return true;
}

void http_transfer_resume(http_exchange *x) {
  if (!x->paused || x->body.length >= HTTP_WINDOW / 2) return;
  x->paused = false;
  x->mark = clock_ticks();
  if (x->easy) curl_easy_pause(x->easy, CURLPAUSE_CONT);
}

void http_transfer_free(http_exchange *x) {
  curl_easy_cleanup(x->easy);
  x->easy = NULL;
}

/* ---- why there is no response, and what to do */

/* What a proxy's status says, whose refusal looks to libcurl like a broken connection. */
static const char *proxy_advice(long status) {
  switch (status) {
  case 407: return "it wants a user and a password; a proxy with both is written http://user:password@host:port";
  case 502:
  case 503:
  case 504: return "it does not reach the host; check the host's name, and whether the proxy may ask for it";
  default: return "it does not connect to this host; check the proxy, and what it allows";
  }
}

static bool note_proxy(http_exchange *x, CURLcode result, const char *reason) {
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  if (status >= 300)
    http_fail(x, HTTP_PROXY, "the proxy answered with status %ld: %s", status, proxy_advice(status));
  else if (result == CURLE_COULDNT_CONNECT && x->common->setup.proxy.length)
    http_fail(x, HTTP_PROXY, "the proxy is not reached: %s; check the proxy's address", reason);
  return x->code != HTTP_OK;
}

/* `scheme` with its colon. */
static bool has_scheme(const http_exchange *x, const char *scheme) {
  return strncasecmp(x->url.data, scheme, strlen(scheme)) == 0;
}

/* OpenSSL's words for bytes that are no TLS. */
static bool is_plain_text(const char *reason) {
  return strstr(reason, "wrong version number") || strstr(reason, "packet length too long") ||
         strstr(reason, "unexpected message");
}

/* libcurl takes bytes without a status line for HTTP/0.9. */
static bool speaks_no_http(const char *reason) {
  return strstr(reason, "HTTP/0.9") != NULL;
}

/* What is likely meant where an address has the wrong scheme: servers say that in many ways, or nothing. "": it has
 * not.
 */
static const char *scheme_advice(const http_exchange *x, CURLcode result, const char *reason) {
  static const char *const plain = "; where plain http is spoken there, the address begins with http://",
                           *const secured = "; where TLS is spoken there, the address begins with https://";
  if (x->first) return "";
  switch (result) {
  case CURLE_SSL_CONNECT_ERROR: return is_plain_text(reason) ? plain : "";
  case CURLE_OPERATION_TIMEDOUT: return http_transfer_wait(x) == HTTP_WAIT_TLS ? plain : "";
  case CURLE_UNSUPPORTED_PROTOCOL:
    return has_scheme(x, "http:") && speaks_no_http(reason) ? secured : ""; /* an alert */
  case CURLE_GOT_NOTHING:
  case CURLE_RECV_ERROR: return has_scheme(x, "http:") ? secured : "";
  default: return "";
  }
}

/* What libcurl means where its words say something else. */
static const char *explained(const http_exchange *x, CURLcode result, const char *reason) {
  if (speaks_no_http(reason)) return "what answers there does not speak HTTP";
  if (x->sent && strstr(reason, "ut of memory"))
    return "a line of the response's headers or trailer is too long, or memory is short";
  return result == CURLE_BAD_FUNCTION_ARGUMENT ? "the response's headers or trailer are malformed" : reason;
}

/* A wrong address gets no better by another attempt, so it is refused. */
static void note_failure(http_exchange *x, CURLcode result, bool answered) {
  const char *reason = x->reason[0] ? x->reason : curl_easy_strerror(result), *shown = http_setup_reason(reason);
  if (note_proxy(x, result, reason)) return;
  http_code code = http_error_code(result);
  if (result == CURLE_OPERATION_TIMEDOUT && x->sent) code = HTTP_TIMEOUT;
  if (code == HTTP_TLS && is_plain_text(reason)) code = HTTP_SCHEME;
  http_fail(x, shown == reason ? code : HTTP_REFUSED, "%s%s", explained(x, result, shown),
            answered ? "" : scheme_advice(x, result, reason));
}

http_wait http_transfer_wait(const http_exchange *x) {
  curl_off_t named = 0, secured = 0;
  long port = 0; /* known as soon as a connection is made; libcurl's time of that comes with TLS only */
  if (x->first) return HTTP_WAIT_BODY;
  if (x->sent) return HTTP_WAIT_RESPONSE;
  if (!x->easy) return HTTP_WAIT_NOTHING;
  curl_easy_getinfo(x->easy, CURLINFO_NAMELOOKUP_TIME_T, &named);
  curl_easy_getinfo(x->easy, CURLINFO_PRIMARY_PORT, &port);
  curl_easy_getinfo(x->easy, CURLINFO_APPCONNECT_TIME_T, &secured);
  if (!port) return named ? HTTP_WAIT_CONNECTION : HTTP_WAIT_NAME;
  return has_scheme(x, "https:") && !secured ? HTTP_WAIT_TLS : HTTP_WAIT_RESPONSE;
}

/* libcurl takes headers that were cut for a response without a body. */
void http_transfer_judge(http_exchange *x, CURLcode result, bool answered) {
  const char *doubt;
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &x->version);
  if (x->code != HTTP_OK || x->cut_short) return; /* a callback ended it, and said why where it failed */
  if (x->flooded)                                 /* also where libcurl takes that for the end of a body */
    http_fail(x, HTTP_STALL, "the server sends without an end what is no response, so the connection was closed");
  else if (result != CURLE_OK)
    note_failure(x, result, answered);
  else if (!x->headers_ended)
    http_fail(x, HTTP_CUT, "the connection ended within the response's headers");
  else if ((doubt = http_framing_doubt(x)))
    http_fail(x, HTTP_FAILED, "%s", doubt);
}
