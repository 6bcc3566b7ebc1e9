#include "pacing/rate_headers.h"

#include "base/url.h"
#include "http/http_response.h"

#include <stdlib.h>
#include <string.h>

/* Of requests, or of seconds: beyond it a header says nothing, and sums could overflow. */
#define LARGEST 100000000000

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
  if (!url_origin(url, &origin)) return false;
  rate_headers *h = find(*list, &origin);
  if (!h && (h = calloc(1, sizeof *h))) {
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

static int64_t read_number(const rate_headers *h, const http_exchange *x, rate_header which) {
  const char *value;
  size_t length;
  if (!h || !h->names[which].length || !http_find_header(x, h->names[which].data, &value, &length)) return -1;
  char text[24] = "", *end;
  memcpy(text, value, length < sizeof text - 1 ? length : sizeof text - 1);
  int64_t number = strtoll(text, &end, 10);
  return end == text || number < 0 || number > LARGEST ? -1 : number;
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

/*
 * Where a limit of concurrency was exceeded, the window's end means nothing: some of it remains then. A limit that says
 * more than BUCKET_LONGEST_WINDOW is mistaken about its unit, or its clock.
 */
static int64_t wait_of(const rate_limits *r, const http_exchange *x, int64_t date) {
  bool by_window = x->status == 429 && r->window_left >= 0 && r->values[RATE_REMAINING] <= 0;
  int64_t wait = by_window ? r->window_left : read_retry_after(x, date);
  return wait < BUCKET_LONGEST_WINDOW ? wait : BUCKET_LONGEST_WINDOW;
}

rate_limits rate_headers_read(rate_headers *list, const http_exchange *x, int64_t now) {
  rate_limits r = {.values = {-1, -1, -1, -1}, .window_left = -1, .retry_after = -1};
  if (x->code != HTTP_OK) return r;
  const rate_headers *h = find_origin(list, x->url.data);
  int64_t date = server_clock_date(x, now);
  for (rate_header i = 0; i < RATE_HEADERS; i++) r.values[i] = read_number(h, x, i);
  int64_t reset = r.values[RATE_RESET] * 1000000;
  if (reset >= 0) r.window_left = reset > date ? (reset - date) / 1000 : 0;
  r.retry_after = wait_of(&r, x, date);
  return r;
}

/* ---- what the governor learns */

/* An overloaded server refuses, or does not respond in time. */
static bool overloaded(const http_exchange *x) {
  if (x->code == HTTP_OK) return x->status == 429 || x->status == 503;
  return x->code == HTTP_TIMEOUT || x->code == HTTP_STALL;
}

limit_reading rate_headers_learn(rate_headers *list, const http_exchange *x, int64_t now) {
  limit_reading r = {.limit = -1, .remaining = -1, .concurrent_limit = -1, .overloaded = overloaded(x)};
  rate_headers *h = find_origin(list, x->url.data);
  if (!h || x->code != HTTP_OK) return r;
  int64_t date = server_clock_date(x, -1), reset = read_number(h, x, RATE_RESET);
  if (date >= 0) server_clock_note(&h->clock, date / 1000, x->first ? x->first : now);
  r.limit = (long)read_number(h, x, RATE_LIMIT);
  r.remaining = (long)read_number(h, x, RATE_REMAINING);
  r.concurrent_limit = (long)read_number(h, x, RATE_CONCURRENT_LIMIT);
  if (reset >= 0 && h->clock.known) r.reset = reset * 1000 - h->clock.lead;
  if (reset > 0) r.ends = reset;
  return r;
}
