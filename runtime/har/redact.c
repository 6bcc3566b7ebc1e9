#include "har/redact.h"

#include "json/json_string.h"
#include "json/json_value.h"

#include <string.h>
#include <strings.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Names that APIs in general give to members with secrets. */
static const char *const usual_members[] = {
    "secret",        "secretKey",           "secret_key",   "clientSecret", "client_secret",
    "token",         "authToken",           "auth_token",   "accessToken",  "access_token",
    "refreshToken",  "refresh_token",       "sessionToken", "apiKey",       "api_key",
    "privateKey",    "private_key",         "password",     "passwd",       "cookie",
    "cookies",       "set-cookie",          "x-api-key",    "x-auth-token", "x-csrf-token",
    "authorization", "proxy-authorization",
};

/* Headers that bodies repeat of a request, each as a list of name and value. */
static const char *const repeated_headers[] = {"cookie",    "set-cookie",   "authorization", "proxy-authorization",
                                               "x-api-key", "x-auth-token", "x-csrf-token"};

/* Headers of our own exchanges. */
static const char *const secret_headers[] = {"Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization"};

static bool is_name(const char *known, const char *name, size_t length) {
  return strlen(known) == length && strncasecmp(known, name, length) == 0;
}

static bool is_one_of(const char *const *list, size_t count, const char *name, size_t length) {
  for (size_t i = 0; i < count; i++)
    if (is_name(list[i], name, length)) return true;
  return false;
}

void har_redact_free(har_redact *r) {
  bytes_free(&r->members);
}

static bool is_secret_member(const har_redact *r, const char *name, size_t length) {
  for (size_t at = 0; at < r->members.length; at += strlen(r->members.data + at) + 1)
    if (is_name(r->members.data + at, name, length)) return true;
  return is_one_of(usual_members, COUNT(usual_members), name, length);
}

bool har_redact_add(har_redact *r, const char *member) {
  return is_secret_member(r, member, strlen(member)) || bytes_append(&r->members, member, strlen(member) + 1);
}

static void mask(har_redact *r, char *text, size_t length) {
  if (!length) return;
  memset(text, '*', length);
  r->masked++;
}

void har_redact_header(har_redact *r, const char *name, size_t name_length, char *value, size_t length) {
  if (is_one_of(secret_headers, COUNT(secret_headers), name, name_length)) {
    memset(value, '*', length);
    r->masked++;
  }
}

void har_redact_user(har_redact *r, char *url) {
  size_t scheme = strcspn(url, "/?#");
  char *host = url[scheme] == '/' && url[scheme + 1] == '/' ? url + scheme + 2 : url;
  char *at = memrchr(host, '@', strcspn(host, "/?#"));
  if (!at) return;
  for (char *c = host; c < at; c++)
    if (*c != ':') *c = '*';
  r->masked++;
}

/* ---- values of the store, however they are spelled */

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

size_t har_redact_decode(char *text, size_t length) {
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
static bool mask_spelled(har_redact *r, char *text, size_t length) {
  bytes plain = {0};
  json_escape read;
  bool ok = true;
  for (size_t at = 0; ok && at < length; at += read.taken) {
    read = read_any(text + at, length - at);
    ok = bytes_append(&plain, read.utf8, read.size);
  }
  size_t found = ok ? secrets_mask_in_place(r->store, plain.data, plain.length) : 0;
  r->masked += found;
  for (size_t at = 0, i = 0; found && at < length; at += read.taken, i += read.size) {
    read = read_any(text + at, length - at);
    if (memcmp(plain.data + i, read.utf8, read.size) != 0) memset(text + at, '*', read.taken);
  }
  bytes_wipe(&plain);
  return ok;
}

bool har_redact_line(har_redact *r, char *text, size_t length) {
  r->masked += secrets_mask_in_place(r->store, text, length);
  return !is_spelled(text, length) || mask_spelled(r, text, length);
}

/* Up to the next quote that no backslash precedes. */
static size_t piece_of(const char *text, size_t length) {
  size_t n = 0;
  while (n < length && text[n] != '"') n += text[n] == '\\' ? 2 : 1;
  return n < length ? n : length;
}

/* By pieces between quotes, so that no second copy of a large body is needed. */
static bool mask_values(har_redact *r, char *text, size_t length) {
  r->masked += secrets_mask_in_place(r->store, text, length);
  if (!is_spelled(text, length)) return true;
  for (size_t at = 0, n; at < length; at += n + 1) {
    n = piece_of(text + at, length - at);
    if (is_spelled(text + at, n) && !mask_spelled(r, text + at, n)) return false;
  }
  return true;
}

/* ---- members of JSON */

/* One pass over the tokens, each looked at with the one ahead of it: a body that was cut must be masked too. */
typedef struct scan {
  har_redact *r;
  char *text;
  size_t length, at;
  json_token ahead; /* length 0: none */
} scan;

static bool next(scan *s, json_token *token) {
  *token = s->ahead;
  if (!json_next_token(s->text, s->length, &s->at, &s->ahead)) s->ahead = (json_token){0};
  return token->slice.length > 0;
}

static void mask_inside(scan *s, json_slice string) {
  mask(s->r, s->text + string.start + 1, string.length - 2);
}

/* The password of a URL in a text, `https://name:password@host`; the name stays, as it is often a public key. */
static void mask_passwords(scan *s, json_slice string) {
  char *at = s->text + string.start + 1, *end = at + string.length - 2;
  while ((at = memmem(at, (size_t)(end - at), "://", 3))) {
    char *user = at += 3, *colon = NULL;
    while (at < end && !strchr("/\\?#@ ", *at)) {
      if (*at == ':' && !colon) colon = at;
      at++;
    }
    if (at < end && *at == '@' && colon && colon > user) mask(s->r, colon + 1, (size_t)(at - colon - 1));
  }
}

static bool is_value_over(const scan *s) {
  return !s->ahead.slice.length || strchr(",]}", s->ahead.sign);
}

/* Before a value: masks every string that is, or stands in, it. Keys stay, so that what was there can be seen. */
static void mask_value(scan *s) {
  size_t depth = 0;
  json_token token;
  while ((depth || !is_value_over(s)) && next(s, &token)) {
    if (token.sign == '"' && s->ahead.sign != ':') mask_inside(s, token.slice);
    if (token.sign == '[' || token.sign == '{') depth++;
    if ((token.sign == ']' || token.sign == '}') && !--depth) return;
  }
}

/* After a string that begins a list: is it a header's name, and its value the one string that follows? */
static void mask_header(scan *s, const char *name, size_t length) {
  json_token token;
  if (!is_one_of(repeated_headers, COUNT(repeated_headers), name, length)) return;
  if (next(s, &token) && s->ahead.sign == '"' && next(s, &token)) mask_inside(s, token.slice);
}

static void mask_members(har_redact *r, char *text, size_t length) {
  scan s = {.r = r, .text = text, .length = length};
  json_token token;
  next(&s, &token); /* nothing yet: the first is ahead */
  for (char before = '\0'; next(&s, &token); before = token.sign) {
    if (token.sign != '"') continue;
    const char *inside = text + token.slice.start + 1;
    size_t size = token.slice.length - 2;
    char after = s.ahead.sign;
    if (after == ':' && is_secret_member(r, inside, size)) {
      next(&s, &token); /* the colon */
      mask_value(&s);
    } else if (after == ',' && before == '[') {
      mask_header(&s, inside, size);
    } else if (after != ':') {
      mask_passwords(&s, token.slice);
    }
  }
}

bool har_redact_payload(har_redact *r, char *text, size_t length) {
  if (!har_redact_line(r, text, length)) return false;
  mask_members(r, text, length);
  return true;
}

bool har_redact_body(har_redact *r, char *text, size_t length, bool json) {
  if (json) mask_members(r, text, length);
  return mask_values(r, text, length);
}
