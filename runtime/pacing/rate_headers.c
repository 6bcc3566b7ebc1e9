#include "pacing/rate_headers.h"

#include "base/url.h"
#include "http/http_response.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of requests, or of seconds: beyond it a header says nothing, and sums could overflow. */
#define LARGEST 100000000000
#define EARLIEST_DATE 1000000000 /* seconds since 1970: in 2001 */

struct rate_headers {
  bytes origin;
  bytes names[RATE_HEADERS]; /* empty: there is no such header */
  server_clock clock;
  rate_headers *next;
};

static rate_headers *find(rate_headers *list, const bytes *origin) {
  for (rate_headers *h = list; h; h = h->next)
    if (h->origin.length == origin->length && memcmp(h->origin.data, origin->data, origin->length) == 0) return h;
  return NULL;
}

static rate_headers *find_origin(rate_headers *list, const char *url) {
  bytes origin = {0};
  rate_headers *h = url_origin(url, &origin) ? find(list, &origin) : NULL;
  bytes_free(&origin);
  return h;
}

static bool set_names(rate_headers *h, const char *const names[RATE_HEADERS]) {
  bool ok = true;
  for (int i = 0; i < RATE_HEADERS; i++) {
    bytes_clear(&h->names[i]);
    ok = ok && (!names[i] || bytes_text(&h->names[i], names[i]));
  }
  return ok;
}

bool rate_headers_set(rate_headers **list, const char *url, const char *const names[RATE_HEADERS]) {
  bytes origin = {0};
  bool ok = url_origin(url, &origin);
  rate_headers *h = ok ? find(*list, &origin) : NULL;
  if (ok && !h && (h = calloc(1, sizeof *h))) {
    h->origin = origin;
    origin = (bytes){0};
    h->next = *list;
    *list = h;
  }
  bytes_free(&origin);
  return h && set_names(h, names);
}

bool rate_headers_has(rate_headers *list, const char *url) {
  return find_origin(list, url) != NULL;
}

void rate_headers_free(rate_headers *list) {
  while (list) {
    rate_headers *h = list;
    list = h->next;
    for (int i = 0; i < RATE_HEADERS; i++) bytes_free(&h->names[i]);
    bytes_free(&h->origin);
    free(h);
  }
}

/* ---- headers */

/* Where an origin's names are not known, those that most APIs have; by them, refusals are read alone. */
static const char *const usual[RATE_HEADERS] = {
    "X-RateLimit-Limit|RateLimit-Limit", "X-RateLimit-Remaining|RateLimit-Remaining|RateLimit:r|RateLimit:remaining",
    "X-RateLimit-Reset|RateLimit-Reset|RateLimit:t|RateLimit:reset", ""};

static bool is_key(char c) {
  return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '*';
}

/* What stands behind `key=` among the members and parameters of a structured field (RFC 9651). NULL: nothing does. */
static const char *member_of(const char *text, const char *key, size_t length) {
  for (const char *at = text; (at = strstr(at, key)); at++)
    if (at[length] == '=' && (at == text || !is_key(at[-1]))) return at + length + 1;
  return NULL;
}

/* ---- several limits in one header: names in quotes with parameters, as RateLimit has them since its eighth draft */

#define POLICY "-Policy"

typedef struct member {
  const char *name; /* in its quotes */
  size_t name_length, length;
} member;

/* In quotes, commas mean nothing. False: there is no other member. */
static bool next_member(const char **at, member *m) {
  m->name = *at + strspn(*at, " \t,");
  const char *end = m->name;
  bool quoted = false;
  m->name_length = 0;
  for (; *end && (quoted || *end != ','); end++) {
    bool escaped = quoted && *end == '\\' && end[1];
    if (*end == '"') quoted = !quoted;
    if (*end == '"' && !quoted && !m->name_length) m->name_length = (size_t)(end - m->name) + 1;
    end += escaped;
  }
  *at = end;
  m->length = (size_t)(end - m->name);
  return m->length > 0;
}

/* What is left by a member; INT64_MAX: it does not say. */
static int64_t left_by(const member *m) {
  const char *digits = member_of(m->name + m->name_length, "r", 1);
  return digits && digits < m->name + m->length ? strtoll(digits, NULL, 10) : INT64_MAX;
}

static member tightest(const char *list) {
  member best = {0}, m;
  while (next_member(&list, &m))
    if (!best.length || left_by(&m) < left_by(&best)) best = m;
  return best;
}

/* Of the policies, the one that the header of limits says least is left of. */
static member policy_of(const char *policies, const char *limits) {
  member wanted = tightest(limits), first = {0}, m;
  while (next_member(&policies, &m)) {
    if (m.name_length == wanted.name_length && memcmp(m.name, wanted.name, m.name_length) == 0) return m;
    if (!first.length) first = m;
  }
  return first;
}

static bool read_header(const http_exchange *x, const char *name, bytes *text) {
  bool found;
  return http_join_headers(x, name, text, &found) && bytes_append(text, "", 1) && found;
}

/* Leaves the parameters of the limit that counts. */
static void narrow(const http_exchange *x, char *header, bytes *text) {
  size_t length = strlen(header), policy = strlen(POLICY);
  bool is_policy = length > policy && strcasecmp(header + length - policy, POLICY) == 0;
  bytes limits = {0};
  if (is_policy) header[length - policy] = 0;
  member m = is_policy && read_header(x, header, &limits) ? policy_of(text->data, limits.data) : tightest(text->data);
  bytes_free(&limits);
  if (!m.length) return;
  memmove(text->data, m.name + m.name_length, m.length - m.name_length);
  text->data[m.length - m.name_length] = 0;
}

/* The number of a header, or `NAME:key` of a member of one. */
static int64_t read_named(const http_exchange *x, const char *name, size_t length, int64_t largest) {
  char header[128] = "", *end;
  bytes text = {0};
  if (!length || length >= sizeof header) return -1;
  memcpy(header, name, length);
  char *key = strchr(header, ':');
  if (key) *key++ = 0;
  bool found = read_header(x, header, &text);
  if (found && key && *text.data == '"') narrow(x, header, &text);
  const char *digits = found && key ? member_of(text.data, key, strlen(key)) : text.data;
  int64_t number = found && digits ? strtoll(digits, &end, 10) : -1;
  if (number >= 0 && (end == digits || number > largest)) number = -1;
  bytes_free(&text);
  return number < 0 ? -1 : number;
}

/* The first of the names that has a number. */
static int64_t read_number(const char *names, const http_exchange *x, int64_t largest) {
  for (size_t length; *names; names += length + (names[length] == '|')) {
    length = strcspn(names, "|");
    int64_t number = read_named(x, names, length, largest);
    if (number >= 0) return number;
  }
  return -1;
}

static const char *names_of(const rate_headers *h, rate_header which) {
  return h && h->names[which].length ? h->names[which].data : "";
}

/* The seconds until a window ends, where a reset is so few that no date can be meant; or -1. */
static int64_t seconds_to(int64_t reset) {
  return reset >= 0 && reset < EARLIEST_DATE ? reset : -1;
}

/* Servers write a reset in seconds since 1970, in milliseconds since then, or in seconds from now on. */
static int64_t read_reset(const char *names, const http_exchange *x) {
  int64_t reset = read_number(names, x, LARGEST * 1000);
  return reset > LARGEST ? reset / 1000 : reset;
}

/* Seconds, or a date (RFC 9110, 10.2.3): ms after `date`, or -1. Servers also write fractions of seconds. */
static int64_t read_retry_after(const http_exchange *x, int64_t date) {
  const char *value;
  size_t length;
  char text[64] = "", *end;
  int64_t until;
  if (!http_find_header(x, "Retry-After", &value, &length) || !length || length >= sizeof text) return -1;
  memcpy(text, value, length);
  double seconds = strtod(text, &end);
  if (!*end && seconds == seconds) return seconds <= 0 ? 0 : seconds < LARGEST ? (int64_t)(seconds * 1000) : LARGEST;
  if (!http_parse_date(value, length, &until)) return -1;
  return until > date ? (until - date) / 1000 : 0;
}

static bool says_to_wait(const http_exchange *x) {
  const char *value;
  size_t length;
  return http_find_header(x, "Retry-After", &value, &length);
}

/* Some servers refuse by 403 what is too much. */
static bool is_limited(const http_exchange *x, int64_t remaining) {
  return x->status == 429 || (x->status == 403 && (remaining == 0 || says_to_wait(x)));
}

/*
 * Where a limit of concurrency was exceeded, the window's end means nothing: some of it remains then. A limit that says
 * more than BUCKET_LONGEST_WINDOW is mistaken about its unit, or its clock.
 */
static int64_t wait_of(const rate_limits *r, const http_exchange *x, int64_t date, bool guessed) {
  bool by_window = r->limited && r->window_left >= 0 && r->values[RATE_REMAINING] <= 0 && !(guessed && says_to_wait(x));
  int64_t wait = by_window ? r->window_left : read_retry_after(x, date);
  return wait < BUCKET_LONGEST_WINDOW ? wait : BUCKET_LONGEST_WINDOW;
}

rate_limits rate_headers_read(rate_headers *list, const http_exchange *x, int64_t now) {
  rate_limits r = {.values = {-1, -1, -1, -1}, .window_left = -1, .retry_after = -1};
  if (x->code != HTTP_OK) return r;
  const rate_headers *h = find_origin(list, x->url.data);
  bool unknown = !h && (x->status == 429 || x->status == 403);
  const char *names[RATE_HEADERS];
  for (rate_header i = 0; i < RATE_HEADERS; i++) {
    names[i] = unknown ? usual[i] : names_of(h, i);
    r.values[i] = i == RATE_RESET ? read_reset(names[i], x) : read_number(names[i], x, LARGEST);
  }
  int64_t date = server_clock_date(x, now), from_now = seconds_to(r.values[RATE_RESET]);
  if (from_now >= 0) r.values[RATE_RESET] = date / 1000000 + from_now;
  int64_t reset = r.values[RATE_RESET] * 1000000;
  if (from_now >= 0)
    r.window_left = from_now * 1000;
  else if (reset >= 0)
    r.window_left = reset > date ? (reset - date) / 1000 : 0;
  r.limited = is_limited(x, r.values[RATE_REMAINING]);
  r.retry_after = wait_of(&r, x, date, unknown);
  return r;
}

/* ---- what the governor learns */

/* An overloaded server refuses, or does not respond in time. */
static bool overloaded(const http_exchange *x) {
  if (x->code == HTTP_OK) return x->status == 503 || is_limited(x, -1);
  return x->code == HTTP_TIMEOUT || x->code == HTTP_STALL;
}

limit_reading rate_headers_learn(rate_headers *list, const http_exchange *x, int64_t now) {
  limit_reading r = {.limit = -1, .remaining = -1, .concurrent_limit = -1, .overloaded = overloaded(x)};
  rate_headers *h = find_origin(list, x->url.data);
  if (!h || x->code != HTTP_OK) return r;
  int64_t date = server_clock_date(x, -1), reset = read_reset(names_of(h, RATE_RESET), x),
          came = x->first ? x->first : now;
  if (date >= 0) server_clock_note(&h->clock, date / 1000, came);
  r.limit = (long)read_number(names_of(h, RATE_LIMIT), x, LARGEST);
  r.remaining = (long)read_number(names_of(h, RATE_REMAINING), x, LARGEST);
  r.concurrent_limit = (long)read_number(names_of(h, RATE_CONCURRENT_LIMIT), x, LARGEST);
  if (seconds_to(reset) >= 0) {
    r.reset = came + reset * 1000;
    return r;
  }
  if (reset >= 0 && h->clock.known) r.reset = reset * 1000 - h->clock.lead;
  if (reset > 0) r.ends = reset;
  return r;
}
