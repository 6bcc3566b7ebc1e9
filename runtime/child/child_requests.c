#include "child/child_requests.h"

#include "http/url.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define MOST_AT_ONCE 64
#define UNNAMED "*"        /* the endpoint of requests that name none: all are paced, so that limits hold for all */
#define WORTH_TELLING 1000 /* ms of waiting */

struct child_request {
  child_requests *of;
  int64_t id;
  http_exchange *x;
  struct child_request *next;
};

void child_requests_begin(child_requests *a, const child_world *world, const child_job *job, watch *channel) {
  *a = (child_requests){.world = world, .job = job, .channel = channel};
  keyset_init(&a->endpoints, MESSAGE_MOST_ENDPOINTS);
  if (job->allowed) {
    a->allowed = *job->allowed;
    *job->allowed = (allowed_hosts){0};
  }
}

/* ---- answers */

void child_requests_send(child_requests *a, int descriptor) {
  while (a->sent < a->out.length) {
    ssize_t n = send(descriptor, a->out.data + a->sent, a->out.length - a->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0) break; /* later; and that it has ended, reading tells */
    a->sent += (size_t)n;
  }
  bool all = a->sent == a->out.length;
  a->channel->events = (short)(all ? POLLIN : POLLIN | POLLOUT);
  if (!all) return;
  bytes_free(&a->out); /* bodies are large, and there may be many children */
  a->sent = 0;
}

/* Memory that is short here leaves the child without an answer, so it has to end. */
static void answer(child_requests *a, int64_t id, const http_exchange *x, const char *name) {
  message_writer w = message_begin(&a->out, MESSAGE_ANSWER);
  message_number(&w, id);
  message_number(&w, x->code);
  message_data(&w, x->message, strlen(x->message));
  message_number(&w, x->status);
  message_number(&w, x->version);
  message_number(&w, x->redirects);
  message_number(&w, x->ended > x->started ? x->ended - x->started : 0);
  unsigned most = 1;
  message_number(
      &w, name ? scheduler_slots(a->world->scheduler, x->url.data, name, timeline_ticks(a->world->time), &most) : 0);
  message_number(&w, most);
  message_number(&w, timeline_now(a->world->time));
  message_bytes(&w, &x->url);
  message_bytes(&w, &x->headers);
  message_bytes(&w, &x->body);
  if (!message_end(&w)) shutdown(a->channel->descriptor, SHUT_RDWR);
  child_requests_send(a, a->channel->descriptor);
}

static void refuse(child_requests *a, int64_t id, const bytes *url, http_code code, const char *message) {
  http_exchange x = {.code = code, .url = *url};
  (void)snprintf(x.message, sizeof x.message, "%s", message);
  answer(a, id, &x, NULL);
}

static void drop(child_request *one) {
  child_request **at = &one->of->list;
  while (*at != one) at = &(*at)->next;
  *at = one->next;
  one->of->count--;
  http_free_exchange(one->x);
  free(one);
}

static void done(http_exchange *x) {
  child_request *one = x->owner;
  answer(one->of, one->id, x, x->endpoint.data);
  drop(one);
}

static void begun(http_exchange *x) {
  child_request *one = x->owner;
  child_requests *a = one->of;
  message_writer w = message_begin(&a->out, MESSAGE_HEAD);
  message_number(&w, one->id);
  message_number(&w, x->status);
  message_bytes(&w, &x->url);
  message_bytes(&w, &x->headers);
  if (message_end(&w)) child_requests_send(a, a->channel->descriptor);
}

static void waits(http_exchange *x, int64_t until) {
  const child_request *one = x->owner;
  sink_stream *s = one->of->job->stream;
  const timeline *time = one->of->world->time;
  int64_t left = until - timeline_ticks(time);
  progress_waiting(one->of->world->progress, "waiting for a rate limit", until);
  if (s && left >= WORTH_TELLING) sink_rate_limited(s, timeline_now(time) / 1000 + left);
}

/* ---- requests */

typedef struct request {
  bool early;
  bytes method, url, endpoint;
  const char *payload;
  size_t payload_length;
} request;

static void free_request(request *r) {
  bytes_free(&r->method);
  bytes_free(&r->url);
  bytes_free(&r->endpoint);
}

/* These would make another request of it than the one that was granted, on a connection that others use too. */
static bool is_ours(const char *header) {
  static const char *const names[] = {
      "Host:", "Content-Length:", "Transfer-Encoding:", "Connection:", "Upgrade:", NULL};
  for (const char *const *name = names; *name; name++)
    if (strncasecmp(header, *name, strlen(*name)) == 0) return true;
  return false;
}

/* Nor one that servers and proxies do not take for a request of what the URL names, as CONNECT. */
static bool is_method(const char *method) {
  static const char *const names[] = {"GET",     "HEAD",  "POST",   "PUT",      "PATCH",  "DELETE",
                                      "OPTIONS", "QUERY", "SEARCH", "PROPFIND", "REPORT", NULL};
  const char *const *name = names;
  while (*name && strcmp(*name, method) != 0) name++;
  return *name != NULL;
}

static void check_method(http_exchange *x) {
  if (x->code != HTTP_OK || is_method(x->method.data)) return;
  x->code = HTTP_REFUSED;
  (void)snprintf(x->message, sizeof x->message, "a stream of your own cannot use the method %.40s", x->method.data);
}

/* A script that names another endpoint with each request, as by an id in its path, must not fill our memory. */
static const char *endpoint_of(child_requests *a, const request *r) {
  if (!r->endpoint.length || r->endpoint.length > MESSAGE_LONGEST_ENDPOINT) return UNNAMED;
  key k = key_of(key_of((key){0}, r->method.data, r->method.length), r->endpoint.data, r->endpoint.length);
  if (keyset_has(&a->endpoints, k)) return r->endpoint.data;
  bool more = a->endpoints.count < MESSAGE_MOST_ENDPOINTS && keyset_add(&a->endpoints, k);
  return more ? r->endpoint.data : UNNAMED;
}

static bool add_header(http_exchange *x, bytes *line) {
  char *colon = line->data ? strstr(line->data, ": ") : NULL;
  if (!colon) return false;
  if (strncasecmp(line->data, "Accept-Encoding:", 16) == 0) return true; /* every exchange has it already */
  if (is_ours(line->data) && x->code == HTTP_OK) {
    x->code = HTTP_REFUSED;
    (void)snprintf(x->message, sizeof x->message, "a stream of your own cannot set the header %.40s", line->data);
  }
  *colon = 0;
  http_add_header(x, line->data, colon + 2); /* what is wrong with it, the exchange remembers */
  return true;
}

static bool add_headers(http_exchange *x, message_reader *f) {
  bool ok = f->ok;
  while (ok && f->at < f->end) {
    bytes line = {0};
    ok = message_take_text(f, &line) && add_header(x, &line);
    bytes_free(&line);
  }
  return ok;
}

static void explain_refusal(const child_requests *a, const bytes *url, char *message, size_t size) {
  bytes origin = {0};
  bool is_url = url_origin(url->data, &origin);
  const char *where = a->job->may_grant ? "`hosts` in its script" : "the `hosts` of its entry in custom_streams";
  if (!is_url)
    (void)snprintf(message, size, "%.200s is no address of http or https", url->data);
  else if (!a->allowed.configured.length && !a->allowed.origins.length)
    (void)snprintf(message, size, "no host is granted to this stream, so %.200s was not asked; put it into %s",
                   origin.data, where);
  else
    (void)snprintf(message, size, "%.200s is not granted to this stream and was not asked; put it into %s", origin.data,
                   where);
  bytes_free(&origin);
}

static bool start(child_requests *a, int64_t id, const request *r, grant granted, message_reader *headers) {
  child_request *one = calloc(1, sizeof *one);
  http_exchange *x = one ? http_new_exchange(a->world->http, r->method.data, r->url.data) : NULL;
  if (!x || !add_headers(x, headers) || !http_payload(x, r->payload, r->payload_length) ||
      !bytes_text(&x->endpoint, endpoint_of(a, r))) {
    http_free_exchange(x);
    free(one);
    return false;
  }
  *one = (child_request){.of = a, .id = id, .x = x, .next = a->list};
  a->list = one;
  a->count++;
  check_method(x);
  x->guarded = granted == GRANT_GUARDED;
  x->owner = one;
  x->stream = a->job->stream ? a->job->stream->name : NULL;
  x->on_done = done;
  x->on_headers = r->early ? begun : NULL;
  if (x->code != HTTP_OK || !scheduler_start(a->world->scheduler, x, x->endpoint.data, waits)) http_start(x);
  return true;
}

/* Against a script that asks on and on, and takes no answer: they would lie here. NULL: there is room for one more. */
static const char *crowded(const child_requests *a) {
  if (a->count >= MOST_AT_ONCE) return "64 requests of this stream are under way already; no more can be at once";
  if (a->out.length - a->sent > http_get_limits(a->world->http)->max_body)
    return "answers of more bytes than --max-body wait to be taken by this stream; no more can be asked for meanwhile";
  return NULL;
}

static bool take_ask(child_requests *a, message_reader *f) {
  request r = {0};
  int64_t id = message_take_number(f);
  r.early = message_take_number(f);
  int64_t now = message_take_number(f);
  if (f->ok && a->world->time->fixed) timeline_reach(a->world->time, now); /* it waited, in no time */
  bool ok = message_take_text(f, &r.method) && message_take_text(f, &r.url) && message_take_text(f, &r.endpoint);
  r.payload = message_take_data(f, &r.payload_length);
  grant granted = ok ? allowed_hosts_find(&a->allowed, r.url.data) : GRANT_NONE;
  a->asked = true;
  ok = ok && f->ok;
  const char *too_many = crowded(a);
  if (ok && granted == GRANT_NONE) {
    char message[CURL_ERROR_SIZE + 128];
    explain_refusal(a, &r.url, message, sizeof message);
    refuse(a, id, &r.url, HTTP_REFUSED, message);
  } else if (ok && too_many) {
    refuse(a, id, &r.url, HTTP_REFUSED, too_many);
  } else if (ok) {
    ok = start(a, id, &r, granted, f);
  }
  free_request(&r);
  return ok;
}

static bool take_forget(child_requests *a, message_reader *f) {
  int64_t id = message_take_number(f);
  for (child_request *one = a->list; one; one = one->next) {
    if (one->id != id) continue;
    drop(one);
    break; /* none of that id: its answer is on its way */
  }
  return f->ok;
}

/* Once, and before it asks for anything: what a script reads cannot become a grant. */
static bool take_grant(child_requests *a, message_reader *f) {
  if (!a->job->may_grant) return true;
  if (a->granted || a->asked) return false;
  a->granted = true;
  bool ok = true;
  while (ok && f->at < f->end) {
    bytes host = {0};
    ok = message_take_text(f, &host) && allowed_hosts_add(&a->allowed, host.data);
    bytes_free(&host);
  }
  return ok;
}

/* Of a host that may be asked, and which nobody spoke of before: it holds for other streams, too. */
static bool take_limits(child_requests *a, message_reader *f) {
  bytes texts[RATE_HEADERS + 1] = {0};
  const char *names[RATE_HEADERS];
  bool ok = message_take_text(f, &texts[0]);
  for (int i = 0; i < RATE_HEADERS; i++) {
    ok = ok && message_take_text(f, &texts[i + 1]);
    names[i] = texts[i + 1].length ? texts[i + 1].data : NULL;
  }
  if (ok && allowed_hosts_find(&a->allowed, texts[0].data) != GRANT_NONE &&
      !scheduler_has_headers(a->world->scheduler, texts[0].data))
    scheduler_headers(a->world->scheduler, texts[0].data, names);
  for (int i = 0; i <= RATE_HEADERS; i++) bytes_free(&texts[i]);
  return ok;
}

bool child_requests_take(child_requests *a, message_reader *f) {
  switch (f->type) {
  case MESSAGE_ASK: return take_ask(a, f);
  case MESSAGE_FORGET: return take_forget(a, f);
  case MESSAGE_GRANT: return take_grant(a, f);
  case MESSAGE_LIMITS: return take_limits(a, f);
  default: return false;
  }
}

void child_requests_free(child_requests *a) {
  for (child_request *one = a->list, *next; one; one = next) {
    next = one->next;
    http_free_exchange(one->x);
    free(one);
  }
  a->list = NULL;
  a->count = 0;
  bytes_free(&a->out);
  keyset_free(&a->endpoints);
  allowed_hosts_free(&a->allowed);
}
