#include "har/redact_fields.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* As Sentry, GlitchTip and their events name them. Compared whole and without case. */
static const char *const members[] = {
    "secret",       "secretKey",     "secret_key",   "clientSecret",  "client_secret", "securityToken",
    "sentry:token", "token",         "authToken",    "auth_token",    "accessToken",   "access_token",
    "refreshToken", "refresh_token", "apiKey",       "api_key",       "password",      "passwd",
    "cookie",       "cookies",       "set-cookie",   "authorization", "sessionToken",  "proxy-authorization",
    "x-api-key",    "x-auth-token",  "x-csrf-token", "privateKey",    "private_key",   "webhookSecret",
};

/* The headers that events repeat of a request, each a list of name and value. */
static const char *const headers[] = {"cookie",    "set-cookie",   "authorization", "proxy-authorization",
                                      "x-api-key", "x-auth-token", "x-csrf-token"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool is_one_of(const char *const *list, size_t count, const char *name, size_t length) {
  for (size_t i = 0; i < count; i++)
    if (strlen(list[i]) == length && strncasecmp(list[i], name, length) == 0) return true;
  return false;
}

typedef struct scan {
  char *text;
  size_t length, at;
  size_t masked;
} scan;

static bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static char next_sign(scan *s) {
  while (s->at < s->length && is_space(s->text[s->at])) s->at++;
  return s->at < s->length ? s->text[s->at] : '\0';
}

/* At a quote: passes the string. False: it does not end. */
static bool pass_string(scan *s, size_t *start, size_t *length) {
  *start = ++s->at;
  while (s->at < s->length && s->text[s->at] != '"') s->at += s->text[s->at] == '\\' ? 2 : 1;
  if (s->at >= s->length) return false;
  *length = s->at++ - *start;
  return true;
}

static void mask(scan *s, size_t start, size_t length) {
  if (!length) return;
  memset(s->text + start, '*', length);
  s->masked++;
}

/* `https://name:password@host`, as a DSN of an older server holds it. */
static void mask_passwords(scan *s, size_t start, size_t length) {
  char *at = s->text + start, *end = at + length;
  while ((at = memmem(at, (size_t)(end - at), "://", 3))) {
    char *user = at += 3, *colon = NULL;
    while (at < end && !strchr("/\\?#@ ", *at)) {
      if (*at == ':' && !colon) colon = at;
      at++;
    }
    if (at < end && *at == '@' && colon && colon > user)
      mask(s, (size_t)(colon + 1 - s->text), (size_t)(at - colon - 1));
  }
}

/* At a value: masks every string that is, or stands in, it. Keys stay, so that what was there can be seen. */
static void mask_value(scan *s) {
  size_t depth = 0, start, length;
  do {
    char sign = next_sign(s);
    if (sign == '"') {
      if (!pass_string(s, &start, &length)) return;
      if (next_sign(s) != ':') mask(s, start, length);
      continue;
    }
    if (sign == '[' || sign == '{') depth++;
    if ((sign == ']' || sign == '}') && depth) depth--;
    if (!depth && (sign == ',' || sign == ']' || sign == '}')) {
      if (sign != ',') s->at++;
      return;
    }
    if (sign) s->at++;
  } while (s->at < s->length && (depth || !strchr(",]}", next_sign(s))));
}

/* After a string that begins a list: is it a header's name, and its value the one string that follows? */
static void mask_header(scan *s, size_t start, size_t length) {
  size_t value, value_length;
  if (!is_one_of(headers, COUNT(headers), s->text + start, length)) return;
  s->at++;
  if (next_sign(s) == '"' && pass_string(s, &value, &value_length)) mask(s, value, value_length);
}

size_t har_redact_fields(char *text, size_t length) {
  scan s = {.text = text, .length = length};
  char before = 0;
  for (char sign; (sign = next_sign(&s));) {
    size_t start, size;
    if (sign != '"') {
      before = sign;
      s.at++;
      continue;
    }
    if (!pass_string(&s, &start, &size)) break;
    char after = next_sign(&s);
    if (after == ':' && is_one_of(members, COUNT(members), text + start, size)) {
      s.at++;
      mask_value(&s);
    } else if (after == ',' && before == '[') {
      mask_header(&s, start, size);
    } else if (after != ':') {
      mask_passwords(&s, start, size);
    }
    before = '"';
  }
  return s.masked;
}
