#include "http/http.h"

#include "base/clock.h"
#include "http/http_error.h"
#include "http/http_guard.h"
#include "http/http_request.h"
#include "http/http_setup.h"
#include "http/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_CONNECT 10000
#define DEFAULT_FIRST_BYTE 60000
#define DEFAULT_STALL 30000
#define DEFAULT_MAX_BODY ((size_t)64 << 20)
#define MAX_HEADERS ((size_t)256 << 10)
#define MAX_REDIRECTS 5

struct http {
  CURLM *multi;
  secrets *store;
  http_limits limits;
  http_setup setup;
  http_exchange *live; /* started and not done */
  uint64_t received;
  bool (*answer)(void *user, http_exchange *x);
  void *answerer;
  void (*show)(void *user, http_exchange *x);
  void *watcher;
};

http *http_new(secrets *store, http_limits limits, const char *user_agent) {
  http *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->store = store;
  h->limits = limits;
  if (!limits.connect) h->limits.connect = DEFAULT_CONNECT;
  if (!limits.first_byte) h->limits.first_byte = DEFAULT_FIRST_BYTE;
  if (!limits.stall) h->limits.stall = DEFAULT_STALL;
  if (!limits.max_body) h->limits.max_body = DEFAULT_MAX_BODY;
  h->multi = curl_multi_init();
  if (h->multi && http_setup_init(&h->setup, user_agent)) return h;
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
  http_setup_free(&h->setup);
  curl_multi_cleanup(h->multi);
  free(h);
}

const http_limits *http_get_limits(const http *h) {
  return &h->limits;
}

const secrets *http_get_secrets(const http *h) {
  return h->store;
}

bool http_trust(http *h, const char *ca) {
  return http_setup_trust(&h->setup, ca);
}

bool http_use_proxy(http *h, const char *proxy) {
  const char *value = secrets_value(h->store, proxy);
  bytes_wipe(&h->setup.proxy);
  return bytes_text(&h->setup.proxy, value ? value : proxy);
}

void http_answer_from(http *h, bool (*answer)(void *user, http_exchange *x), void *user) {
  h->answer = answer;
  h->answerer = user;
}

void http_show_to(http *h, void (*show)(void *user, http_exchange *x), void *user) {
  h->show = show;
  h->watcher = user;
}

uint64_t http_received(const http *h) {
  return h->received;
}

static void fail(http_exchange *x, http_code code, const char *message) {
  x->code = code;
  snprintf(x->message, sizeof x->message, "%s", message);
}

/* ---- libcurl's callbacks: C only, never Lua */

static size_t on_header(char *data, size_t size, size_t count, void *user) {
  http_exchange *x = user;
  size_t length = size * count;
  if (!x->first) x->first = x->mark = clock_ticks(); /* from here on it may stall */
  if (length > 5 && memcmp(data, "HTTP/", 5) == 0) { /* an interim answer (1xx) may have come before */
    bytes_clear(&x->headers);
    x->headers_whole = false;
  }
  if (*data == '\r' || *data == '\n') x->headers_whole = true;
  if (x->headers.length + length > MAX_HEADERS) {
    fail(x, HTTP_TOO_LARGE, "the answer's headers are larger than 256 KiB");
    return 0;
  }
  return bytes_append(&x->headers, data, length) ? length : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *user) {
  http_exchange *x = user;
  size_t length = size * count, most = x->client->limits.max_body;
  if (x->body.length + length > most) {
    x->code = HTTP_TOO_LARGE;
    snprintf(x->message, sizeof x->message, "the answer is larger than %zu bytes, the limit for a body", most);
    return 0;
  }
  curl_off_t whole = 0;
  if (!x->body.length && curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole) == CURLE_OK &&
      whole > 0)
    bytes_reserve(&x->body, (size_t)whole < most ? (size_t)whole : most);
  x->client->received += length;
  x->received += length;
  return bytes_append(&x->body, data, length) ? length : 0;
}

static int on_sending(void *user, char *ip, char *local_ip, int port, int local_port) {
  (void)ip, (void)local_ip, (void)port, (void)local_port;
  http_exchange *x = user;
  x->sent = x->mark = clock_ticks();
  return CURL_PREREQFUNC_OK;
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

static bool set_up(http_exchange *x) {
  http *h = x->client;
  x->easy = curl_easy_init();
  if (!x->easy) return false;
  http_setup_apply(&h->setup, x->easy);
  curl_easy_setopt(x->easy, CURLOPT_URL, x->url.data);
  curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->request_headers);
  curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->reason);
  curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)h->limits.connect);
  curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, on_sending);
  curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x);
  curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
  if (x->guarded) http_guard_apply(x, h->setup.proxy.data);
  http_request_apply(x);
  return curl_multi_add_handle(h->multi, x->easy) == CURLM_OK;
}

void http_start(http_exchange *x) {
  x->began = clock_now();
  x->started = x->mark = clock_ticks();
  enlist(x);
  if (x->code != HTTP_OK)
    x->done = true; /* a header was refused */
  else if (x->client->answer) {
    if (x->client->answer(x->client->answerer, x)) http_answered(x);
  } else if (!set_up(x))
    fail(x, HTTP_FAILED, "memory is short"), x->done = true;
}

/* Whoever answers may do so while others are being finished, so the next step finishes this one. */
void http_answered(http_exchange *x) {
  x->received = x->body.length;
  x->done = true;
}

static void release_transfer(http_exchange *x) {
  if (!x->easy) return;
  if (x->client) curl_multi_remove_handle(x->client->multi, x->easy);
  curl_easy_cleanup(x->easy);
  x->easy = NULL;
}

void http_free_exchange(http_exchange *x) {
  if (!x) return;
  if (x->on_free) x->on_free(x);
  release_transfer(x);
  if (x->client) delist(x);
  for (struct curl_slist *i = x->request_headers; i; i = i->next) explicit_bzero(i->data, strlen(i->data));
  curl_slist_free_all(x->request_headers);
  bytes_free(&x->method);
  bytes_free(&x->asked);
  bytes_free(&x->url);
  bytes_free(&x->endpoint);
  bytes_free(&x->payload);
  bytes_free(&x->headers);
  bytes_free(&x->body);
  free(x);
}

/* Or refused, for where it leads. */
static bool will_be_followed(const http_exchange *x) {
  return x->status >= 301 && x->status <= 308;
}

/* Follows a redirect within the same origin; true when the exchange has started again. */
static bool follow(http_exchange *x) {
  const char *value;
  size_t length;
  if (!will_be_followed(x) || (x->status > 303 && x->status < 307)) return false;
  if (!http_find_header(x, "Location", &value, &length)) return false;
  bytes location = {0}, target = {0};
  bool resolved = bytes_append(&location, value, length) && url_resolve(x->url.data, location.data, &target);
  bool again = resolved && url_same_origin(x->url.data, target.data) && x->redirects < MAX_REDIRECTS;
  if (!again) {
    x->code = HTTP_REDIRECT;
    if (resolved) secrets_mask_in_place(x->client->store, target.data, target.length); /* before it is cut short */
    snprintf(x->message, sizeof x->message, "status %ld sends to %.200s, which is %s", x->status,
             resolved ? target.data : "no usable address",
             resolved && url_same_origin(x->url.data, target.data) ? "one redirect too many"
                                                                   : "not followed: another origin");
  } else {
    bytes_free(&x->url);
    x->url = target;
    target = (bytes){0};
    x->redirects++;
    bytes_clear(&x->body);
    x->received = 0;
    x->sent = x->first = 0;
    x->marked_bytes = 0;
    x->mark = clock_ticks();
    again = set_up(x);
    if (!again) fail(x, HTTP_FAILED, "memory is short");
  }
  bytes_free(&location);
  bytes_free(&target);
  return again;
}

static void finish(http_exchange *x) {
  http *h = x->client;
  delist(x);
  if (!x->ended) x->ended = clock_ticks(); /* a recording says how long it took */
  if (x->code != HTTP_OK && !x->message[0]) fail(x, x->code, "no reason given");
  if (h->store) secrets_mask_in_place(h->store, x->message, strlen(x->message));
  if (h->show) h->show(h->watcher, x);
  x->done = true;
  if (x->on_done) x->on_done(x);
}

/* A proxy that refuses to connect us looks to libcurl like a connection that broke. */
static bool failed_at_proxy(const http_exchange *x, CURLcode result) {
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  if (status >= 300) return true;
  return result == CURLE_COULDNT_CONNECT && x->client->setup.proxy.length;
}

static void judge(http_exchange *x, CURLcode result) {
  if (x->code != HTTP_OK) return; /* a callback ended it, and said why */
  if (result != CURLE_OK) {
    http_code code = failed_at_proxy(x, result) ? HTTP_PROXY : http_error_code(result);
    if (result == CURLE_OPERATION_TIMEDOUT && x->sent) code = HTTP_TIMEOUT;
    const char *reason = x->reason[0] ? x->reason : curl_easy_strerror(result), *shown = http_setup_reason(reason);
    fail(x, shown == reason ? code : HTTP_REFUSED, shown); /* an address that is none gets no better by asking again */
  } else if (!x->headers_whole) { /* libcurl takes headers that were cut for an answer without a body */
    fail(x, HTTP_CUT, "the connection ended within the answer's headers");
  }
}

static void on_transfer_done(http_exchange *x, CURLcode result) {
  curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &x->version);
  judge(x, result);
  release_transfer(x);
  if (x->code == HTTP_OK && follow(x)) return;
  finish(x);
}

/* ---- time: what each exchange waits for, and until when */

static int64_t deadline(const http_exchange *x) {
  if (!x->sent) return INT64_MAX; /* libcurl minds the connecting */
  if (!x->first) return x->sent + x->client->limits.first_byte;
  return x->mark + x->client->limits.stall;
}

/* False: it came on far enough, and gets a new deadline. */
static bool expire(http_exchange *x, int64_t now) {
  if (x->first && x->body.length - x->marked_bytes >= HTTP_STALL_BYTES) {
    x->marked_bytes = x->body.length;
    x->mark = now;
    return false;
  }
  const http_limits *limits = &x->client->limits;
  if (!x->first) {
    x->code = HTTP_TIMEOUT;
    snprintf(x->message, sizeof x->message, "no answer within %.1f s", (double)limits->first_byte / 1000);
  } else {
    x->code = HTTP_STALL;
    snprintf(x->message, sizeof x->message, "the answer stalled after %zu bytes: under %d bytes in %.1f s",
             x->body.length, HTTP_STALL_BYTES, (double)limits->stall / 1000);
  }
  release_transfer(x);
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

/* Tells of answers that have begun; those that wait for it may start or free exchanges, as with on_done. */
static bool show_heads(http *h) {
  bool any = false;
  for (http_exchange *x = h->live, *following; x; x = following) {
    following = x->next;
    if (!x->on_head || x->head || !x->headers_whole || !x->easy) continue;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
    if (x->status < 200 || will_be_followed(x)) continue;
    x->head = true;
    x->on_head(x);
    following = h->live, any = true;
  }
  return any;
}

/* on_done may start or free exchanges, so after each one that ended the list is looked at again from its head. */
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

/* Nothing is waited for once something was done: its owner may have the next request ready. */
void http_step(http *h, int64_t wait, struct curl_waitfd *also, unsigned count) {
  int running = 0;
  int64_t next;
  curl_multi_perform(h->multi, &running);
  bool any = collect(h);
  any = show_heads(h) || any;
  if (sweep(h, &next) || any || wait <= 0) return;
  int64_t left = next == INT64_MAX ? wait : next - clock_ticks();
  if (left < wait) wait = left > 0 ? left : 0;
  curl_multi_poll(h->multi, also, count, wait > 60000 ? 60000 : (int)wait, NULL);
}
