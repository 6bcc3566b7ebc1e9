#include "child/in_parent/child_requests.h"

#include "airbyte/waiting.h"
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_AT_ONCE 64
/* Bytes of files and digests that a child has not taken yet when it asks for more. */
#define MAX_ASKED ((size_t)1 << 20)

static void take_over(child_requests *of, allowed_hosts *allowed) {
  if (!allowed) return;
  of->allowed = *allowed;
  *allowed = (allowed_hosts){0};
}

void child_requests_begin(child_requests *of, const child_world *world, const child_job *job, watch *channel) {
  *of = (child_requests){.world = world, .job = job, .channel = channel};
  take_over(of, job->allowed);
}

static void done(http_exchange *x) {
  logins_note(x);
  child_answers_end(x->owner);
}

static void headers_came(http_exchange *x) {
  child_answers_headers(x->owner);
}

static void part_came(http_exchange *x) {
  child_answers_part(x->owner);
}

static void on_wait(http_exchange *x, int64_t until) {
  const child_request *one = x->owner;
  const child_world *world = one->of->world;
  waiting_report(one->of->job->stream, world->progress, world->time, until - timeline_ticks(world->time));
}

/* ---- requests */

typedef struct request {
  int64_t flags;
  bytes method, url, endpoint, auth;
  const char *payload;
  size_t payload_length;
} request;

static void free_request(request *r) {
  bytes_free(&r->method);
  bytes_free(&r->url);
  bytes_free(&r->endpoint);
  bytes_free(&r->auth);
}

static bool add_headers(http_exchange *x, message_reader *m) {
  bool ok = m->ok;
  while (ok && m->at < m->end) {
    bytes line = {0};
    ok = message_take_text(m, &line) && request_add_header(x, &line);
    bytes_free(&line);
  }
  return ok;
}

/* The login's host is one that the stream may ask, by a POST. False: what the child said is wrong, or memory is short.
 */
static bool use_auth(child_requests *of, http_exchange *x, const bytes *auth) {
  bytes url = {0};
  bool ok = auth_valid(auth) && auth_login_url(auth, &url);
  if (ok && x->code == HTTP_OK) auth_place(x, auth);
  if (ok && url.length) {
    grant granted = allowed_hosts_find(&of->allowed, url.data);
    if (granted == GRANT_NONE) {
      x->code = HTTP_REFUSED;
      request_explain_refusal(&of->allowed, of->job->may_grant, &url, x->message, sizeof x->message);
    } else {
      request_check_url(&of->allowed, of->job->may_grant, x, "POST", url.data);
      ok = logins_use(of->world->logins, x, auth, granted);
    }
  }
  bytes_free(&url);
  return ok;
}

static bool start(child_requests *of, int64_t id, const request *r, grant granted, message_reader *headers) {
  child_request *one = calloc(1, sizeof *one);
  http_exchange *x = one ? http_new_exchange(of->world->http, r->method.data, r->url.data) : NULL;
  if (!x || !add_headers(x, headers) || !http_payload(x, r->payload, r->payload_length) ||
      !bytes_text(&x->endpoint, request_endpoint(&of->endpoints, &r->method, &r->endpoint)) ||
      (r->auth.length && !use_auth(of, x, &r->auth))) {
    http_free_exchange(x);
    free(one);
    return false;
  }
  *one = (child_request){.of = of, .id = id, .x = x, .next = of->list};
  of->list = one;
  of->count++;
  request_check_method(&of->allowed, of->job->may_grant, x);
  x->granted = granted;
  x->owner = one;
  x->stream = of->job->stream ? of->job->stream->name : NULL;
  x->on_done = done;
  x->once = r->flags & MESSAGE_ONCE;
  x->on_headers = r->flags & MESSAGE_EARLY ? headers_came : NULL;
  x->streamed = r->flags & MESSAGE_STREAMED;
  x->framed = r->flags & MESSAGE_FRAMED;
  x->on_part = x->streamed ? part_came : NULL;
  if (x->code != HTTP_OK || !scheduler_start(of->world->scheduler, x, x->endpoint.data, on_wait)) http_start(x);
  return true;
}

/* Against a script that makes requests on and on and takes no response: they would lie here. NULL: one more may be
 * made. */
static const char *crowded(const child_requests *of) {
  if (of->count >= MAX_AT_ONCE) return "64 requests of this stream are under way already; no more can be at once";
  if (of->out.length - of->sent > http_get_limits(of->world->http)->max_body)
    return "responses of more bytes than --max-body wait to be taken by this stream; no more can be asked for "
           "meanwhile";
  return NULL;
}

static void refuse_host(child_requests *of, int64_t id, const bytes *url) {
  char message[CURL_ERROR_SIZE + 128];
  request_explain_refusal(&of->allowed, of->job->may_grant, url, message, sizeof message);
  child_answers_refuse(of, id, url, message);
}

/* What follows the id; the header lines, which `m` is then at, are read when it starts. */
static bool read_request(const child_requests *of, request *r, message_reader *m) {
  r->flags = message_take_number(m);
  int64_t now = message_take_number(m);
  if (m->ok && of->world->time->fixed) timeline_reach(of->world->time, now); /* it waited, in no time */
  bool ok = message_take_text(m, &r->method) && message_take_text(m, &r->url) && message_take_text(m, &r->endpoint) &&
            message_take_text(m, &r->auth);
  r->payload = message_take_data(m, &r->payload_length);
  return ok && m->ok;
}

static bool take_request(child_requests *of, message_reader *m) {
  request r = {0};
  int64_t id = message_take_number(m);
  bool ok = read_request(of, &r, m);
  grant granted = ok ? allowed_hosts_find(&of->allowed, r.url.data) : GRANT_NONE;
  const char *too_many = crowded(of);
  of->has_requested = true;
  if (ok && granted == GRANT_NONE)
    refuse_host(of, id, &r.url);
  else if (ok && too_many)
    child_answers_refuse(of, id, &r.url, too_many);
  else if (ok)
    ok = start(of, id, &r, granted, m);
  free_request(&r);
  return ok;
}

static bool take_cancel(child_requests *of, message_reader *m) {
  int64_t id = message_take_number(m);
  for (child_request *one = of->list; one; one = one->next) {
    if (one->id != id) continue;
    child_answers_drop(one);
    break; /* none of that id: its response is on its way */
  }
  return m->ok;
}

static bool take_took(child_requests *of, message_reader *m) {
  int64_t id = message_take_number(m), length = message_take_number(m);
  for (child_request *one = of->list; one; one = one->next) {
    if (one->id != id) continue;
    one->untaken -= length > 0 && (size_t)length < one->untaken ? (size_t)length : one->untaken;
    child_answers_part(one);
    break;
  }
  return m->ok;
}

/* Once, and before its first request: what a script reads cannot become a grant. */
static bool take_grant(child_requests *of, message_reader *m, bool *has,
                       bool (*add)(allowed_hosts *to, const char *text)) {
  if (!of->job->may_grant) return true;
  if (*has || of->has_requested) return false;
  *has = true;
  bool ok = true;
  while (ok && m->at < m->end) {
    bytes text = {0};
    ok = message_take_text(m, &text) && add(&of->allowed, text.data);
    bytes_free(&text);
  }
  return ok;
}

/* Of a host that the child may use and nobody named headers for yet: they hold for other streams, too. */
static bool take_limits(child_requests *of, message_reader *m) {
  bytes texts[RATE_HEADERS + 1] = {0};
  const char *names[RATE_HEADERS];
  bool ok = message_take_text(m, &texts[0]);
  for (int i = 0; i < RATE_HEADERS; i++) {
    ok = ok && message_take_text(m, &texts[i + 1]);
    names[i] = texts[i + 1].length ? texts[i + 1].data : NULL;
  }
  if (ok && allowed_hosts_find(&of->allowed, texts[0].data) != GRANT_NONE &&
      !scheduler_has_headers(of->world->scheduler, texts[0].data))
    scheduler_set_headers(of->world->scheduler, texts[0].data, names);
  for (int i = 0; i <= RATE_HEADERS; i++) bytes_free(&texts[i]);
  return ok;
}

/* A child waits for the one that it asked for. */
static bool take_file(child_requests *of, message_reader *m) {
  size_t before = of->out.length;
  message_writer w = message_begin(&of->out, MESSAGE_CONTENT);
  bool may = of->asked <= MAX_ASKED && of->job->read_file(of->job->owner, m, &w);
  if (!message_end(&w)) shutdown(of->channel->descriptor, SHUT_RDWR); /* as in respond() */
  of->asked += of->out.length - before;
  if (may) child_answers_send(of, of->channel->descriptor);
  return may;
}

/* No longer than a file is waited for, so that digests that nobody takes do not pile up either. */
static bool take_hmac(child_requests *of, message_reader *m) {
  unsigned char sum[DIGEST_SHA256_SIZE];
  bytes handle = {0};
  size_t length, before = of->out.length;
  bool ok = message_take_text(m, &handle) && of->asked <= MAX_ASKED;
  const char *text = message_take_data(m, &length), *key = ok ? secrets_value(of->world->secrets, handle.data) : NULL;
  bool made = ok && m->ok && (!key || digest_hmac(key, strlen(key), text, length, sum));
  message_writer w = message_begin(&of->out, MESSAGE_DIGEST);
  message_number(&w, key != NULL);
  message_data(&w, sum, key ? sizeof sum : 0);
  if (!message_end(&w)) made = false;
  of->asked += of->out.length - before;
  bytes_free(&handle);
  if (made) child_answers_send(of, of->channel->descriptor);
  return made;
}

bool child_requests_take(child_requests *of, message_reader *m) {
  switch (m->type) {
  case MESSAGE_REQUEST: return take_request(of, m);
  case MESSAGE_CANCEL: return take_cancel(of, m);
  case MESSAGE_TOOK: return take_took(of, m);
  case MESSAGE_GRANT: return take_grant(of, m, &of->has_granted, allowed_hosts_add);
  case MESSAGE_METHODS: return take_grant(of, m, &of->has_allowed, allowed_hosts_allow);
  case MESSAGE_LIMITS: return take_limits(of, m);
  case MESSAGE_FILE: return take_file(of, m);
  case MESSAGE_HMAC: return take_hmac(of, m);
  default: return false;
  }
}

/* All that belongs to one job. */
static void end_job(child_requests *of) {
  while (of->list) child_answers_drop(of->list);
  bytes_free(&of->endpoints.names);
  of->endpoints.count = 0;
  allowed_hosts_free(&of->allowed);
  of->has_granted = of->has_allowed = of->has_requested = false;
}

void child_requests_next(child_requests *of, allowed_hosts *allowed) {
  end_job(of);
  take_over(of, allowed);
}

void child_requests_free(child_requests *of) {
  end_job(of);
  bytes_wipe(&of->out);
  stand_ins_free(of->stand_ins);
  of->stand_ins = NULL;
}
