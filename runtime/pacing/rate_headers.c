#include "pacing/rate_headers.h"

#include "http/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

/* Of requests, or of seconds: beyond it a header says nothing, and sums could overflow. */
#define LARGEST 100000000000

static rate_headers *find(rate_headers *list, const bytes *origin) {
  for (rate_headers *q = list; q; q = q->next)
    if (q->origin.length == origin->length && memcmp(q->origin.data, origin->data, origin->length) == 0) return q;
  return NULL;
}

static bool set_names(rate_headers *q, const char *const names[RATE_HEADERS]) {
  bool ok = true;
  for (int i = 0; i < RATE_HEADERS; i++) {
    bytes_clear(&q->names[i]);
    ok = ok && (!names[i] || bytes_text(&q->names[i], names[i]));
  }
  return ok;
}

bool rate_headers_set(rate_headers **list, const char *url, const char *const names[RATE_HEADERS]) {
  bytes origin = {0};
  if (!url_origin(url, &origin)) return false;
  rate_headers *q = find(*list, &origin);
  if (!q && (q = calloc(1, sizeof *q))) {
    q->origin = origin;
    origin = (bytes){0};
    q->next = *list;
    *list = q;
  }
  bytes_free(&origin);
  return q && set_names(q, names);
}

bool rate_headers_has(rate_headers *list, const char *url) {
  bytes origin = {0};
  bool has = url_origin(url, &origin) && find(list, &origin);
  bytes_free(&origin);
  return has;
}

void rate_headers_free(rate_headers *list) {
  while (list) {
    rate_headers *q = list;
    list = q->next;
    for (int i = 0; i < RATE_HEADERS; i++) bytes_free(&q->names[i]);
    bytes_free(&q->origin);
    free(q);
  }
}

static long read_number(const rate_headers *q, const http_exchange *x, rate_header which) {
  const char *value;
  size_t length;
  if (!q->names[which].length || !http_find_header(x, q->names[which].data, &value, &length)) return -1;
  char text[24] = "", *end;
  memcpy(text, value, length < sizeof text - 1 ? length : sizeof text - 1);
  long number = strtol(text, &end, 10);
  return end == text || number < 0 || number > LARGEST ? -1 : number;
}

static void synchronise(rate_headers *q, const http_exchange *x, int64_t now) {
  const char *value;
  size_t length;
  char text[64] = "";
  if (!http_find_header(x, "Date", &value, &length) || length >= sizeof text) return;
  memcpy(text, value, length);
  time_t date = curl_getdate(text, NULL);
  if (date != -1) server_clock_note(&q->clock, (int64_t)date * 1000, x->first ? x->first : now);
}

/* A server that does not keep up refuses, or it does not answer in time. */
static bool overloaded(const http_exchange *x) {
  if (x->code == HTTP_OK) return x->status == 429 || x->status == 503;
  return x->code == HTTP_TIMEOUT || x->code == HTTP_STALL;
}

governor_reading rate_headers_read(rate_headers *list, const http_exchange *x, int64_t now) {
  governor_reading r = {.limit = -1, .remaining = -1, .concurrent_limit = -1, .overloaded = overloaded(x)};
  bytes origin = {0};
  rate_headers *q = url_origin(x->url.data, &origin) ? find(list, &origin) : NULL;
  bytes_free(&origin);
  if (!q || x->code != HTTP_OK) return r;
  synchronise(q, x, now);
  long reset = read_number(q, x, RATE_RESET);
  r.limit = read_number(q, x, RATE_LIMIT);
  r.remaining = read_number(q, x, RATE_REMAINING);
  r.concurrent_limit = read_number(q, x, RATE_CONCURRENT_LIMIT);
  if (reset >= 0 && q->clock.known) r.reset = (int64_t)reset * 1000 - q->clock.lead;
  return r;
}
