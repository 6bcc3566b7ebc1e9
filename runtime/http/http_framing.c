#include "http/http_framing.h"

#include "http/http_response.h"

#include <string.h>

#define MOST_DIGITS 18 /* more may be no number of bytes for libcurl, which then reads up to the connection's end */

static bool is_chunked(const http_exchange *x) {
  const char *coding;
  size_t length;
  return http_find_header(x, "Transfer-Encoding", &coding, &length);
}

/* Ends with the connection, whether or not it is whole; gzip says so by itself. */
static bool has_open_end(const http_exchange *x) {
  curl_off_t length = -1;
  curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return length < 0 && x->status != 204 && !is_chunked(x) && !x->is_packed;
}

/* The one number that all members of a list are, in digits alone; libcurl takes the last header's first digits. */
static bool is_one_number(const char *list) {
  const char *first = NULL;
  size_t digits = 0;
  for (const char *at = list;; at++) {
    at += strspn(at, " \t");
    size_t length = strspn(at, "0123456789");
    if (!first) first = at, digits = length;
    if (!length || length > MOST_DIGITS || length != digits || memcmp(at, first, digits) != 0) return false;
    at += length;
    at += strspn(at, " \t");
    if (*at != ',') return !*at;
  }
}

/* Chunks hold where there are both. */
static const char *length_doubt(const http_exchange *x) {
  bytes lengths = {0};
  bool found, one = true, kept = http_join_headers(x, "Content-Length", &lengths, &found);
  if (kept && found && !is_chunked(x)) {
    kept = bytes_append(&lengths, "", 1);
    one = kept && is_one_number(lengths.data);
  }
  bytes_free(&lengths);
  if (!kept) return "memory is short";
  return one ? NULL
             : "the response's Content-Length is not one number of bytes, so nobody can tell whether all of it came; "
               "look at what stands between, such as a proxy";
}

const char *http_framing_doubt(const http_exchange *x) {
  if (x->status >= 300) return NULL;
  if (x->framed && has_open_end(x))
    return "the response does not say how long it is (no Content-Length, and not chunked), so nobody can tell whether "
           "all of it came";
  return length_doubt(x);
}
