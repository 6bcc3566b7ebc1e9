#include "har/redact.h"

#include "base/bytes.h"
#include "json/json_string.h"

#include <string.h>
#include <strings.h>

/* One character as it is spelled at p: `%2F`, a JSON escape, or a byte that stands for itself. */
static json_escape read_percent(const char *p, size_t available) {
  int high = available > 2 && p[0] == '%' ? json_hex_digit(p[1]) : -1;
  int low = high >= 0 ? json_hex_digit(p[2]) : -1;
  if (low < 0) return (json_escape){.taken = 1, .size = 1, .utf8 = {p[0]}};
  return (json_escape){.taken = 3, .size = 1, .utf8 = {(char)(high * 16 + low)}};
}

static json_escape read_any(const char *p, size_t available) {
  return p[0] == '\\' ? json_escape_read(p, available) : read_percent(p, available);
}

size_t har_decode(char *text, size_t length) {
  size_t count = 0;
  for (size_t at = 0; at < length; count++) {
    json_escape read = read_percent(text + at, length - at);
    text[count] = read.utf8[0];
    at += read.taken;
  }
  return count;
}

static bool is_spelled(const char *text, size_t length) {
  return length && (memchr(text, '%', length) || memchr(text, '\\', length));
}

/* Decodes a copy, masks it, and overwrites in the text what has changed in the copy. */
static bool mask_spelled(const secrets *store, char *text, size_t length, size_t *masked) {
  bytes plain = {0};
  json_escape read;
  bool ok = true;
  for (size_t at = 0; ok && at < length; at += read.taken) {
    read = read_any(text + at, length - at);
    ok = bytes_append(&plain, read.utf8, read.size);
  }
  size_t found = ok ? secrets_mask_in_place(store, plain.data, plain.length) : 0;
  *masked += found;
  for (size_t at = 0, i = 0; found && at < length; at += read.taken, i += read.size) {
    read = read_any(text + at, length - at);
    if (memcmp(plain.data + i, read.utf8, read.size) != 0) memset(text + at, '*', read.taken);
  }
  bytes_wipe(&plain);
  return ok;
}

bool har_redact_line(const secrets *store, char *text, size_t length, size_t *masked) {
  *masked += secrets_mask_in_place(store, text, length);
  return !is_spelled(text, length) || mask_spelled(store, text, length, masked);
}

/* Up to the next quote that no backslash precedes. */
static size_t piece_of(const char *text, size_t length) {
  size_t n = 0;
  while (n < length && text[n] != '"') n += text[n] == '\\' ? 2 : 1;
  return n < length ? n : length;
}

/* By pieces between quotes, so that no second copy of a large body is needed. */
bool har_redact_body(const secrets *store, char *text, size_t length, size_t *masked) {
  *masked += secrets_mask_in_place(store, text, length);
  if (!is_spelled(text, length)) return true;
  for (size_t at = 0, n; at < length; at += n + 1) {
    n = piece_of(text + at, length - at);
    if (is_spelled(text + at, n) && !mask_spelled(store, text + at, n, masked)) return false;
  }
  return true;
}

void har_redact_user(char *url, size_t *masked) {
  size_t scheme = strcspn(url, "/?#");
  char *host = url[scheme] == '/' && url[scheme + 1] == '/' ? url + scheme + 2 : url;
  char *at = memrchr(host, '@', strcspn(host, "/?#"));
  if (!at) return;
  for (char *c = host; c < at; c++)
    if (*c != ':') *c = '*';
  ++*masked;
}

bool har_redact_whole(const char *name, size_t length) {
  static const char *const names[] = {"Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strlen(names[i]) == length && strncasecmp(name, names[i], length) == 0) return true;
  return false;
}
