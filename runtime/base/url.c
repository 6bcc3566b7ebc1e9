#include "base/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

static bool append_part(CURLU *u, CURLUPart part, unsigned flags, const char *before, bytes *out) {
  char *text = NULL;
  if (curl_url_get(u, part, &text, flags) != CURLUE_OK) return false;
  bool ok = bytes_text(out, before) && bytes_text(out, text);
  curl_free(text);
  return ok;
}

/* Parses an absolute http or https URL; NULL for anything else. */
static CURLU *parse(const char *url) {
  CURLU *u = curl_url();
  if (!u) return NULL;
  char *scheme = NULL;
  bool ok = curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
            curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
            (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
  curl_free(scheme);
  if (ok) return u;
  curl_url_cleanup(u);
  return NULL;
}

bool url_origin(const char *url, bytes *out) {
  CURLU *u = parse(url);
  if (!u) return false;
  size_t start = out->length;
  bool ok = append_part(u, CURLUPART_SCHEME, 0, "", out) && append_part(u, CURLUPART_HOST, 0, "://", out) &&
            append_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, ":", out);
  curl_url_cleanup(u);
  for (size_t i = start; i < out->length; i++) out->data[i] = (char)tolower((unsigned char)out->data[i]);
  return ok;
}

bool url_same_origin(const char *a, const char *b) {
  bytes x = {0}, y = {0};
  bool same = url_origin(a, &x) && url_origin(b, &y) && x.length == y.length && memcmp(x.data, y.data, x.length) == 0;
  bytes_free(&x);
  bytes_free(&y);
  return same;
}

/* Do labels, each of at least one character, make up this text? */
static bool is_name(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    bool dot = text[i] == '.', edge = i == 0 || i + 1 == length || text[i + 1] == '.';
    if (dot ? edge : !strchr("abcdefghijklmnopqrstuvwxyz0123456789-", text[i])) return false;
  }
  return length > 0;
}

bool url_is_below(const char *text, const char *domain) {
  if (strncmp(text, "https://", 8) != 0 || !strchr(domain, '.')) return false;
  const char *host = text + 8, *rest = host + strcspn(host, ":/");
  size_t length = (size_t)(rest - host), tail = strlen(domain);
  if (strncmp(rest, ":443", 4) == 0) rest += 4;
  if (*rest == '/') rest++;
  if (*rest || !is_name(host, length) || !is_name(domain, tail) || length < tail) return false;
  if (memcmp(host + length - tail, domain, tail) != 0) return false;
  return length == tail || host[length - tail - 1] == '.';
}

bool url_is_listed(const bytes *origins, const char *origin) {
  for (size_t at = 0; at < origins->length; at += strlen(origins->data + at) + 1)
    if (strcmp(origins->data + at, origin) == 0) return true;
  return false;
}

bool url_resolve(const char *base, const char *location, bytes *out) {
  CURLU *u = parse(base);
  if (!u) return false;
  bool ok = curl_url_set(u, CURLUPART_URL, location, 0) == CURLUE_OK && append_part(u, CURLUPART_URL, 0, "", out);
  curl_url_cleanup(u);
  return ok;
}

bool url_encode(const char *text, size_t length, bytes *out) {
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
    bool plain = c < 128 && (isalnum(c) || strchr("-._~", c));
    if (c == 0) plain = false;
    if (!(plain ? bytes_append(out, text + i, 1) : bytes_append(out, escaped, 3))) return false;
  }
  return true;
}

bool url_path_and_query(const char *url, bytes *out) {
  CURLU *u = parse(url);
  if (!u) return false;
  bool ok = append_part(u, CURLUPART_PATH, 0, "", out);
  append_part(u, CURLUPART_QUERY, 0, "?", out);
  curl_url_cleanup(u);
  return ok;
}
