#include "http/http.h"

#include "base/clock.h"
#include "base/plural.h"
#include "base/url.h"
#include "http/http_flood.h"
#include "http/http_redirect.h"
#include "http/http_transfer.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONNECT 10000
#define DEFAULT_FIRST_BYTE 60000
#define DEFAULT_STALL 30000
#define DEFAULT_MAX_BODY ((size_t)64 << 20)
#define FLOOD_LIMIT 5000 /* of processor time */

struct http {
  CURLM *multi;
  http_common common;
  http_exchange *live; /* started and not done */
  int64_t looked;      /* ticks, when somebody looked for what has come; 0: never */
  bytes answered;      /* origins that gave a good response, each with a zero byte behind it */
  bool (*respond)(void *user, http_exchange *x);
  void *responder;
  void (*observe)(void *user, http_exchange *x);
  void *observer;
};

http *http_new(secrets *store, http_limits limits, const char *user_agent) {
  http *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  if (!limits.connect) limits.connect = DEFAULT_CONNECT;
  if (!limits.first_byte) limits.first_byte = DEFAULT_FIRST_BYTE;
  if (!limits.stall) limits.stall = DEFAULT_STALL;
  if (!limits.max_body) limits.max_body = DEFAULT_MAX_BODY;
  h->common = (http_common){.store = store, .limits = limits};
  h->multi = curl_multi_init();
  if (h->multi && http_setup_init(&h->common.setup, user_agent)) return h;
  http_free(h);
  return NULL;
}

/* Exchanges still alive are detached: their owners free them later. */
void http_free(http *h) {
  if (!h) return;
  while (h->live) {
    http_exchange *x = h->live;
    h->live = x->next;
    if (x->easy) curl_multi_remove_handle(h->multi, x->easy);
    x->client = NULL;
    x->done = true;
  }
  http_setup_free(&h->common.setup);
  bytes_free(&h->answered);
  curl_multi_cleanup(h->multi);
  free(h);
}

const http_limits *http_get_limits(const http *h) {
  return &h->common.limits;
}

const secrets *http_get_secrets(const http *h) {
  return h->common.store;
}

bool http_trust(http *h, const char *ca) {
  return http_setup_trust(&h->common.setup, ca);
}

bool http_use_proxy(http *h, const char *proxy) {
  const char *value = secrets_value(h->common.store, proxy);
  bytes_wipe(&h->common.setup.proxy);
  return bytes_text(&h->common.setup.proxy, value ? value : proxy);
}

void http_trusted(const http *h, const char **file, const char **folder) {
  const http_setup *s = &h->common.setup;
  *file = s->ca_file.length ? s->ca_file.data : curl_version_info(CURLVERSION_NOW)->cainfo;
  *folder = s->ca_path.length ? s->ca_path.data : NULL;
}

const char *http_exempt_from_proxy(void) {
  const char *exempt = getenv("NO_PROXY");
  return exempt ? exempt : getenv("no_proxy");
}

void http_respond_from(http *h, bool (*respond)(void *user, http_exchange *x), void *user) {
  h->respond = respond;
  h->responder = user;
}

bool http_is_offline(const http *h) {
  return h->respond != NULL;
}

void http_observe(http *h, void (*observe)(void *user, http_exchange *x), void *user) {
  h->observe = observe;
  h->observer = user;
}

http_exchange *http_new_exchange(http *h, const char *method, const char *url) {
  http_exchange *x = calloc(1, sizeof *x);
  if (!x) return NULL;
  x->client = h;
  x->common = &h->common;
  if (http_request_init(x, method, url)) return x;
  http_free_exchange(x);
  return NULL;
}

/* ---- one exchange's way */

static void enlist(http_exchange *x) {
  x->next = x->client->live;
  x->previous = NULL;
  if (x->next) x->next->previous = x;
  x->client->live = x;
}

static void delist(http_exchange *x) {
  if (x->previous)
    x->previous->next = x->next;
  else if (x->client->live == x)
    x->client->live = x->next;
  if (x->next) x->next->previous = x->previous;
  x->next = x->previous = NULL;
}

static bool begin_transfer(http_exchange *x) {
  if (http_transfer_new(x) && curl_multi_add_handle(x->client->multi, x->easy) == CURLM_OK) return true;
  http_fail(x, HTTP_FAILED, "memory is short");
  return false;
}

static void end_transfer(http_exchange *x) {
  if (x->easy && x->client) curl_multi_remove_handle(x->client->multi, x->easy);
  if (x->easy) http_transfer_free(x);
}

/* Has it been prepared, and goes on? */
static bool is_ready(http_exchange *x) {
  http_refuse_misplaced(x);
  x->held = x->code == HTTP_OK && x->prepare ? x->prepare(x) : NULL;
  return !x->held;
}

static void go_on(http_exchange *x) {
  http *h = x->client;
  if (!is_ready(x)) return;
  if (x->code != HTTP_OK) /* a header was refused */
    x->done = true;
  else if (!h->respond)
    x->done = !begin_transfer(x);
  else if (h->respond(h->responder, x))
    http_responded(x);
}

void http_start(http_exchange *x) {
  const http *h = x->client;
  x->began = clock_now();
  x->is_observed = x->streamed && h->observe && !h->respond;
  x->started = x->mark = clock_ticks();
  enlist(x);
  go_on(x);
}

void http_release(http *h, const void *holder) {
  for (http_exchange *x = h->live, *next; x; x = next) {
    next = x->next;
    if (x->held == holder) go_on(x);
  }
}

/* Whoever responds may do so while others are being finished, so the next step finishes this one. */
void http_responded(http_exchange *x) {
  if (!x->streamed) x->received = x->body.length;
  x->done = true;
}

void http_took(http_exchange *x, size_t length) {
  bytes_drop_front(&x->body, length, HTTP_WINDOW);
  if (x->on_took) x->on_took(x, length);
  if (!x->done) http_transfer_resume(x);
}

void http_free_exchange(http_exchange *x) {
  if (!x) return;
  if (x->on_free) x->on_free(x);
  end_transfer(x);
  if (x->client) delist(x);
  http_request_free(x);
  bytes_free(&x->url);
  bytes_free(&x->headers);
  bytes_free(&x->body);
  bytes_free(&x->copy);
  free(x);
}

bool http_has_answered(const http *h, const char *url) {
  bytes origin = {0};
  bool has = url_origin(url, &origin) && url_is_listed(&h->answered, origin.data);
  bytes_free(&origin);
  return has;
}

http_wait http_waits_for(const http *h, const char *url) {
  http_wait most = HTTP_WAIT_NOTHING;
  for (const http_exchange *x = h->live; x; x = x->next) {
    http_wait what = url_same_origin(url, x->request_url.data) ? http_transfer_wait(x) : HTTP_WAIT_NOTHING;
    if (what > most) most = what;
  }
  return most;
}

/* Where memory is short it is forgotten. */
static void note_answer(http *h, const http_exchange *x) {
  const char *url = x->request_url.data;
  if (x->code != HTTP_OK || x->status < 200 || x->status > 299 || http_has_answered(h, url)) return;
  size_t before = h->answered.length;
  if (!url_origin(url, &h->answered) || !bytes_append(&h->answered, "", 1)) h->answered.length = before;
}

static void swap(bytes *a, bytes *b) {
  bytes kept = *a;
  *a = *b;
  *b = kept;
}

/* Of a streamed body, what is left of it is not all. */
static void observe(const http *h, http_exchange *x) {
  if (!h->observe) return;
  if (x->is_observed) swap(&x->body, &x->copy);
  h->observe(h->observer, x);
  if (x->is_observed) swap(&x->body, &x->copy);
  bytes_free(&x->copy);
}

static void finish(http_exchange *x) {
  http *h = x->client;
  delist(x);
  if (!x->ended) x->ended = clock_ticks(); /* a recording says how long it took */
  if (x->code != HTTP_OK && !x->message[0]) http_fail(x, x->code, "no reason given");
  if (h->common.store) secrets_mask_in_place(h->common.store, x->message, strlen(x->message));
  note_answer(h, x);
  if (x->arrived) x->arrived(x);
  observe(h, x);
  if (x->code != HTTP_OK) bytes_free(&x->body); /* nobody looks at it, and its owner may stay for long */
  x->done = true;
  if (x->on_done) x->on_done(x);
}

static void on_transfer_done(http_exchange *x, CURLcode result) {
  http_transfer_judge(x, result, result != CURLE_OK && http_has_answered(x->client, x->request_url.data));
  end_transfer(x);
  bool again = x->code == HTTP_OK && http_redirect_follow(x) && begin_transfer(x);
  if (!again) finish(x);
}

/* ---- time: what each exchange waits for, and until when */

static int64_t deadline(const http_exchange *x) {
  if (!x->sent || x->paused) return INT64_MAX; /* libcurl minds the connecting, its owner the pause */
  return x->mark + (x->first ? x->common->limits.stall : x->common->limits.first_byte);
}

/* While nobody looks, such as when a disk is slow to take what came, no exchange can come on. */
static void leave_out_absence(http *h) {
  int64_t now = clock_ticks(), absence = h->looked ? now - h->looked : 0;
  for (http_exchange *x = h->live; x && absence > 0; x = x->next)
    x->mark = now - x->mark > absence ? x->mark + absence : now; /* it may have begun meanwhile */
}

/* False: it came on far enough, and gets a new deadline. */
static bool expire(http_exchange *x, int64_t now) {
  if (x->first && x->received - x->marked_bytes >= HTTP_STALL_BYTES) {
    x->marked_bytes = x->received;
    x->mark = now;
    return false;
  }
  const http_limits *limits = &x->common->limits;
  if (!x->first) {
    http_fail(x, HTTP_TIMEOUT, "no response within %g s", (double)limits->first_byte / 1000);
  } else {
    http_fail(x, HTTP_STALL, "the response stalled after %zu %s: under %d bytes in %g s", x->received,
              plural(x->received, "byte", "bytes"), HTTP_STALL_BYTES, (double)limits->stall / 1000);
  }
  end_transfer(x);
  return true;
}

static bool collect(http *h) {
  CURLMsg *message;
  int left;
  bool any = false;
  while ((message = curl_multi_info_read(h->multi, &left))) {
    char *owner = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode result = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    on_transfer_done((http_exchange *)(void *)owner, result);
    any = true;
  }
  return any;
}

/* Calls on_headers, which may start or free exchanges, as on_done may. */
static bool report_headers(http *h) {
  bool any = false;
  for (http_exchange *x = h->live, *following; x; x = following) {
    following = x->next;
    if (!x->on_headers || x->has_headers || !x->headers_ended || !x->easy) continue;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
    if (x->status < 200 || http_redirect_is(x)) continue;
    x->has_headers = true;
    x->on_headers(x);
    following = h->live, any = true;
  }
  return any;
}

/* As on_headers. */
static bool report_parts(http *h) {
  bool any = false;
  for (http_exchange *x = h->live, *following; x; x = following) {
    following = x->next;
    if (!x->on_part || !x->has_headers || x->status >= 300 || x->reported == x->received) continue;
    x->reported = x->received;
    x->on_part(x);
    following = h->live, any = true;
  }
  return any;
}

/* on_done may start or free exchanges, so after each one that ended the list is looked at again from its beginning. */
static bool sweep(http *h, int64_t *next) {
  int64_t now = clock_ticks();
  bool any = false;
  for (http_exchange *x = h->live, *following; x; x = following) {
    following = x->next;
    bool ends = x->done || (now >= deadline(x) && expire(x, now));
    if (!ends) continue;
    finish(x); /* whoever owns it may free it */
    following = h->live, any = true;
  }
  *next = INT64_MAX;
  for (const http_exchange *x = h->live; x; x = x->next)
    if (deadline(x) < *next) *next = deadline(x);
  return any;
}

bool http_idle(const http *h) {
  return !h->live;
}

size_t http_under_way(const http *h) {
  size_t count = 0;
  for (const http_exchange *x = h->live; x; x = x->next) count++;
  return count;
}

static void note_flood(http *h) {
  for (http_exchange *x = h->live; x; x = x->next) x->flooded = x->flooded || x->sent;
}

/* A span within which libcurl comes back, unless a server keeps it; shorter where little patience is asked for. */
static int64_t flood_limit(const http *h) {
  const http_limits *limits = &h->common.limits;
  int64_t least = limits->first_byte < limits->stall ? limits->first_byte : limits->stall;
  return least < FLOOD_LIMIT ? least : FLOOD_LIMIT;
}

static void perform(http *h) {
  int running = 0;
  http_flood_begin(flood_limit(h));
  curl_multi_perform(h->multi, &running);
  if (http_flood_end()) note_flood(h);
}

/* Nothing is waited for once something was done: its owner may have the next request ready. */
static bool step(http *h, int64_t wait, struct curl_waitfd *also, unsigned count) {
  int64_t next;
  if (h->live) perform(h);
  bool any = collect(h);
  any = report_headers(h) || any;
  any = report_parts(h) || any;
  if (sweep(h, &next) || any || wait <= 0) return true;
  int64_t left = next == INT64_MAX ? wait : next - clock_ticks();
  if (left < wait) wait = left > 0 ? left : 0;
  return curl_multi_poll(h->multi, also, count, wait > 60000 ? 60000 : (int)wait, NULL) == CURLM_OK;
}

bool http_step(http *h, int64_t wait, struct curl_waitfd *also, unsigned count) {
  leave_out_absence(h);
  bool ok = step(h, wait, also, count);
  h->looked = clock_ticks();
  return ok;
}
