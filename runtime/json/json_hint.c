/* Where a fault in a text is, and what is likely behind it, for people. */
#include "json/json.h"

#include "json/json_string.h"

#include <string.h>

#define LITERAL sizeof "false" /* a fault may lie at the end of a word that begins as one of JSON does */

void json_position(const char *text, size_t length, size_t offset, size_t *line, size_t *column) {
  *line = 1;
  *column = 1;
  for (size_t i = 0; i < offset && i < length; i++) {
    if (text[i] == '\n') {
      ++*line;
      *column = 1;
    } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
      ++*column; /* a character counts once, whatever its bytes */
    }
  }
}

static bool follows_comma(const char *text, size_t at) {
  while (at > 0 && strchr(" \t\r\n", text[at - 1])) at--;
  return at > 0 && text[at - 1] == ',';
}

/* A mark of UTF-16 or UTF-32, or a zero byte beside an ASCII one. */
static bool is_wide(const char *text, size_t length) {
  if (length < 2) return false;
  return memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0 || !text[0] || !text[1];
}

/* A line such as "auth_token: x", behind comments and the sign that begins a document. */
static bool is_yaml(const char *text, size_t length) {
  const char *at = text, *end = text + length;
  while (at < end && (*at == '#' || strchr(" \t\r\n", *at) || (end - at >= 3 && memcmp(at, "---", 3) == 0))) {
    if (!strchr(" \t\r\n", *at)) at = memchr(at, '\n', (size_t)(end - at));
    if (!at) return false;
    at++;
  }
  const char *name = at;
  while (at < end && (strchr("_-.", *at) || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z'))) at++;
  return at > name && end - at >= 2 && *at == ':' && strchr(" \r\n", at[1]);
}

const char *json_hint(const char *text, size_t length, const json_error *error) {
  size_t at = error->offset;
  if (error->code != JSON_MALFORMED || at >= length) return NULL;
  if (length >= 3 && at < 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    return "it begins with a byte order mark; save it without";
  if (at < 2 && is_wide(text, length)) return "it is UTF-16; save it as UTF-8";
  if ((unsigned char)text[at] >= 0x80 && !json_utf8_size(text + at, length - at))
    return "it may be Latin-1; save it as UTF-8";
  if (at < strspn(text, " \t\r\n") + LITERAL && is_yaml(text, length)) return "it looks like YAML; write it as JSON";
  switch (text[at]) {
  case '\'': return "texts stand in double quotes";
  case '#':
  case '/': return "JSON has no comments";
  case '}':
  case ']': return follows_comma(text, at) ? "the comma before it is one too many" : NULL;
  default: return NULL;
  }
}
