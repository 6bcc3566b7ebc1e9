#include "http/http_error.h"

#include <stdarg.h>
#include <stdio.h>

const char *http_code_name(http_code code) {
  static const char *const names[] = {"ok",      "dns",   "connect",    "tls",     "scheme",   "timeout",
                                      "stall",   "cut",   "too_large",  "corrupt", "redirect", "proxy",
                                      "refused", "login", "login_busy", "replay",  "bodiless", "failed"};
  return names[code];
}

const char *http_wait_name(http_wait what) {
  static const char *const names[] = {"nothing", "name", "connection", "tls", "response", "body"};
  return names[what];
}

http_code http_error_code(CURLcode result) {
  switch (result) {
  case CURLE_OK: return HTTP_OK;
  case CURLE_COULDNT_RESOLVE_HOST: return HTTP_DNS;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_PROXY: return HTTP_PROXY;
  case CURLE_COULDNT_CONNECT:
  case CURLE_OPERATION_TIMEDOUT: return HTTP_CONNECT;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR: return HTTP_TLS;
  case CURLE_PARTIAL_FILE:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM: return HTTP_CUT;
  default: return HTTP_FAILED;
  }
}

void http_fail(http_exchange *x, http_code code, const char *format, ...) {
  va_list arguments;
  x->code = code;
  va_start(arguments, format);
  (void)vsnprintf(x->message, sizeof x->message, format, arguments);
  va_end(arguments);
}
