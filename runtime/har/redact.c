#include "har/redact.h"

#include "har/secret_names.h"
#include "json/json_string.h"
#include "json/json_value.h"

#include <string.h>
#include <strings.h>

#define SHORTEST_LEARNED 8
#define SHORTEST_WORD 12     /* a shorter value without a digit may be a word that texts are full of */
#define LONGEST_LEARNED 4096 /* bytes of one value */
#define MOST_LEARNED 262144  /* bytes of all: what is masked by its name later is masked there alone */

static bool is_name(const char *known, const char *name, size_t length) {
  return strlen(known) == length && strncasecmp(known, name, length) == 0;
}

void har_redact_free(har_redact *r) {
  bytes_free(&r->members);
  masked_values_free(r->learned);
  r->learned = NULL;
}

static bool is_secret_member(const har_redact *r, const char *name, size_t length) {
  for (size_t at = 0; at < r->members.length; at += strlen(r->members.data + at) + 1)
    if (is_name(r->members.data + at, name, length)) return true;
  return secret_names_member(name, length);
}

bool har_redact_add(har_redact *r, const char *member) {
  return is_secret_member(r, member, strlen(member)) || bytes_append(&r->members, member, strlen(member) + 1);
}

/* ---- values masked by their names, which are masked wherever they stand from then on */

static bool is_worth_learning(const bytes *value) {
  if (value->length < SHORTEST_LEARNED || strspn(value->data, "*") == value->length) return false;
  return value->length >= SHORTEST_WORD || strcspn(value->data, "0123456789") < value->length;
}

/* A value as it is spelled here; false: memory is short. */
static bool add_learned(har_redact *r, const char *text, size_t length) {
  bytes value = {0};
  bool ok = true;
  for (size_t at = 0; ok && at < length;) {
    json_escape read = json_spelled_read(text + at, length - at);
    ok = bytes_append(&value, read.utf8, read.size);
    at += read.taken;
  }
  if (ok && is_worth_learning(&value)) {
    if (!r->learned) r->learned = masked_values_new();
    ok = r->learned && masked_values_add(r->learned, value.data, value.length, 0);
  }
  bytes_wipe(&value);
  return ok;
}

static void learn(har_redact *r, const char *text, size_t length) {
  size_t held = r->learned ? masked_values_size(r->learned) : 0;
  if (length < SHORTEST_LEARNED || length > LONGEST_LEARNED || held + length > MOST_LEARNED) return;
  if (!add_learned(r, text, length)) r->failed = true;
}

static void mask(har_redact *r, char *text, size_t length) {
  if (!length) return;
  learn(r, text, length);
  memset(text, '*', length);
  r->masked++;
}

static void mask_known(har_redact *r, char *text, size_t length) {
  r->masked += secrets_mask_in_place(r->store, text, length);
  if (r->learned) r->masked += masked_values_overwrite(r->learned, text, length);
}

/* The parts of `Bearer value`, and of `name=value; other=value`, each by itself. Attributes of Set-Cookie are none. */
static void learn_parts(har_redact *r, const char *name, size_t name_length, const char *value, size_t length) {
  bool cookies = is_name("Cookie", name, name_length), one = is_name("Set-Cookie", name, name_length);
  for (size_t at = 0, size; at < length && !(one && at); at += size + 1) {
    const char *part = value + at, *end = memchr(part, cookies || one ? ';' : ' ', length - at);
    size = end ? (size_t)(end - part) : length - at;
    const char *sign = cookies || one ? memchr(part, '=', size) : NULL;
    size_t skipped = sign ? (size_t)(sign + 1 - part) : 0;
    learn(r, part + skipped, size - skipped);
  }
}

void har_redact_header(har_redact *r, const char *name, size_t name_length, char *value, size_t length) {
  if (!secret_names_header(name, name_length) || !length) return;
  learn_parts(r, name, name_length, value, length);
  memset(value, '*', length);
  r->masked++;
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

size_t har_redact_decode(char *text, size_t length) {
  size_t count = 0;
  for (size_t at = 0; at < length; count++) {
    json_escape read = json_percent_read(text + at, length - at);
    text[count] = read.utf8[0];
    at += read.taken;
  }
  return count;
}

/* ---- parameters: `name=value` in queries, forms, cookies and headers, also within another, percent-encoded */

typedef struct pairs {
  har_redact *r;
  char *text;
  size_t length, at;
  bool anywhere; /* a name also begins at the text's start, and after blanks and the like; else in a URL alone */
  bool open;     /* a name is being read */
  char name[128];
  size_t named;
} pairs;

static bool is_among(const char *signs, char c) {
  return c && strchr(signs, c);
}

/* Behind the `=`: up to the next sign that ends a value; in a plain one, an encoded `&` is a part of it. */
static size_t value_length(const pairs *p, size_t from, bool encoded) {
  size_t at = from;
  while (at < p->length) {
    json_escape read = json_spelled_read(p->text + at, p->length - at);
    if ((encoded || p->text[at] != '%') && read.size == 1 && is_among("&;#?\"'<> \t\r\n", read.utf8[0])) break;
    at += read.taken;
  }
  return at - from;
}

static void mask_pair(pairs *p, bool encoded) {
  size_t length = secret_names_parameter(p->name, p->named) ? value_length(p, p->at, encoded) : 0;
  mask(p->r, p->text + p->at, length);
  p->at += length;
  p->open = false;
}

static void begin_name(pairs *p, bool open) {
  p->open = open;
  p->named = 0;
}

static void read_pair(pairs *p) {
  json_escape read = json_spelled_read(p->text + p->at, p->length - p->at);
  bool encoded = p->text[p->at] == '%';
  char c = read.size == 1 ? read.utf8[0] : 'x';
  p->at += read.taken;
  if (c == '=' && p->open)
    mask_pair(p, encoded);
  else if (is_among("?&;#", c))
    begin_name(p, true);
  else if (is_among(" \t\r\n,:\"'<", c))
    begin_name(p, p->anywhere);
  else if (p->open && p->named < sizeof p->name)
    p->name[p->named++] = c;
  else
    p->open = false;
}

static void mask_pairs(har_redact *r, char *text, size_t length, bool anywhere) {
  if (!length || !(memchr(text, '=', length) || masked_values_may_be_spelled(text, length))) return;
  pairs p = {.r = r, .text = text, .length = length, .anywhere = anywhere, .open = anywhere};
  while (p.at < length) read_pair(&p);
}

/* The password of a URL in a text, `https://name:password@host`; the name stays, as it is often a public key. */
static void mask_passwords(har_redact *r, char *text, size_t length) {
  char *at = text, *end = text + length;
  while (at < end && (at = memmem(at, (size_t)(end - at), "://", 3))) {
    char *user = at += 3, *colon = NULL;
    while (at < end && !strchr("/\\?#@ ", *at)) {
      if (*at == ':' && !colon) colon = at;
      at++;
    }
    if (at < end && *at == '@' && colon && colon > user) mask(r, colon + 1, (size_t)(at - colon - 1));
  }
}

bool har_redact_line(har_redact *r, char *text, size_t length) {
  mask_passwords(r, text, length);
  mask_pairs(r, text, length, true);
  mask_known(r, text, length);
  return !r->failed;
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
  bool known = is_name("Cookie", name, length) || is_name("Authorization", name, length);
  if (!known && !(memchr(name, '-', length) && secret_names_header(name, length))) return;
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
      mask_passwords(r, text + token.slice.start + 1, size);
      mask_pairs(r, text + token.slice.start + 1, size, false);
    }
  }
}

/* By its first sign: a form, or a page of HTML, begins otherwise. */
static bool looks_like_json(const char *text, size_t length) {
  size_t at = 0;
  while (at < length && is_among(" \t\r\n", text[at])) at++;
  return at < length && is_among("{[\"", text[at]);
}

static void mask_names(har_redact *r, char *text, size_t length) {
  if (!looks_like_json(text, length)) mask_pairs(r, text, length, true);
  mask_members(r, text, length);
}

bool har_redact_payload(har_redact *r, char *text, size_t length) {
  return har_redact_body(r, text, length, true);
}

bool har_redact_body(har_redact *r, char *text, size_t length, bool json) {
  if (json) mask_names(r, text, length);
  mask_known(r, text, length);
  return !r->failed;
}
