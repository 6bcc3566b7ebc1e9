#include "child/in_child/parent_channel.h"

#include "base/clock.h"
#include "child/in_child/known_slots.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10)

typedef struct pending {
  int64_t id;
  http_exchange *x;
  parent_channel *of;
  struct pending *next;
} pending;

struct parent_channel {
  int channel; /* a socket */
  bytes in, out;
  pending *requests; /* whose responses are still to come */
  known_slots *slots;
  int64_t last_id;
  watch watch;
  timeline *time;
  secrets *secrets;
  message_type awaited; /* an answer that somebody waits for, or 0 */
  bytes *answer;        /* where its fields go */
};

/* The parent is gone, or memory is short: nobody is left to report it to. */
static _Noreturn void end(void) {
  _exit(EXIT_FAILURE);
}

bytes *parent_channel_out(parent_channel *c) {
  return &c->out;
}

/* The parent always reads, so waiting for it here is short. */
void parent_channel_send(parent_channel *c, message_writer *w) {
  if (!message_end(w)) end();
  for (size_t at = 0; at < c->out.length;) {
    ssize_t n = send(c->channel, c->out.data + at, c->out.length - at, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) end();
    if (n > 0) at += (size_t)n;
  }
  bytes_clear(&c->out);
}

static void send_heartbeat(watch *of) {
  parent_channel *c = of->owner;
  message_writer w = message_begin(&c->out, MESSAGE_HEARTBEAT);
  parent_channel_send(c, &w);
}

/* ---- those under way */

static pending *take_pending(parent_channel *c, int64_t id) {
  for (pending **at = &c->requests; *at; at = &(*at)->next) {
    pending *p = *at;
    if (p->id != id) continue;
    *at = p->next;
    return p;
  }
  return NULL;
}

/* A response that is on its way already finds nobody. */
static void cancel(http_exchange *x) {
  pending *p = x->queued;
  parent_channel *c = p->of;
  message_writer w = message_begin(&c->out, MESSAGE_CANCEL);
  message_number(&w, p->id);
  parent_channel_send(c, &w);
  free(take_pending(c, p->id));
}

/* Limits are counted by method, too. */
static bool write_slot(const char *method, const char *endpoint, bytes *name) {
  return bytes_printf(name, "%s %s", method, endpoint);
}

unsigned parent_channel_slots(const parent_channel *c, const char *method, const char *endpoint, unsigned *max) {
  bytes name = {0};
  *max = 1;
  unsigned slots = write_slot(method, endpoint, &name) ? known_slots_available(c->slots, name.data, max) : 0;
  bytes_free(&name);
  return slots;
}

/* What the parent says of the slots that an exchange counts in; or that one of them is taken (`max` below 0). */
static void note_slots(parent_channel *c, const http_exchange *x, int64_t available, int64_t max) {
  bytes name = {0};
  bool named = x->endpoint.length && write_slot(x->method.data, x->endpoint.data, &name);
  if (named && max < 0) known_slots_take(c->slots, &name);
  if (named && max >= 0) known_slots_set(c->slots, &name, available, max);
  bytes_free(&name);
}

/* ---- requests */

/* Of parts; what came with the response itself, the parent no longer minds. */
static void took(http_exchange *x, size_t length) {
  const pending *p = x->queued;
  if (!p) return;
  message_writer w = message_begin(&p->of->out, MESSAGE_TOOK);
  message_number(&w, p->id);
  message_number(&w, (int64_t)length);
  parent_channel_send(p->of, &w);
}

/* Returns false: no response is there yet (http_respond_from). */
static bool send_request(void *user, http_exchange *x) {
  parent_channel *c = user;
  pending *p = calloc(1, sizeof *p);
  if (!p) end();
  *p = (pending){.id = ++c->last_id, .x = x, .of = c, .next = c->requests};
  c->requests = p;
  x->queued = p;
  x->on_free = cancel;
  if (x->streamed) x->on_took = took;
  x->is_unpacked = x->streamed;
  note_slots(c, x, 0, -1);
  message_writer w = message_begin(&c->out, MESSAGE_REQUEST);
  message_number(&w, p->id);
  message_number(&w, (x->on_headers ? MESSAGE_EARLY : 0) + (x->once ? MESSAGE_ONCE : 0) +
                         (x->streamed ? MESSAGE_STREAMED : 0) + (x->framed ? MESSAGE_FRAMED : 0));
  message_number(&w, timeline_now(c->time));
  message_bytes(&w, &x->method);
  message_bytes(&w, &x->request_url);
  message_bytes(&w, &x->endpoint);
  message_bytes(&w, &x->auth);
  message_bytes(&w, &x->payload);
  for (const struct curl_slist *line = x->request_headers; line; line = line->next)
    message_data(&w, line->data, strlen(line->data));
  parent_channel_send(c, &w);
  return false;
}

/* ---- responses */

static bool take_bytes(message_reader *m, bytes *to) {
  size_t length;
  const char *data = message_take_data(m, &length);
  return m->ok && bytes_append(to, data, length);
}

static bool fill_exchange(parent_channel *c, http_exchange *x, message_reader *m, size_t *received) {
  bytes message = {0};
  int64_t code = message_take_number(m);
  x->code = code >= 0 && code <= HTTP_FAILED ? (http_code)code : HTTP_FAILED;
  bool ok = message_take_text(m, &message);
  if (ok) (void)snprintf(x->message, sizeof x->message, "%s", message.data);
  x->status = (long)message_take_number(m);
  x->version = (long)message_take_number(m);
  x->redirects = (int)message_take_number(m);
  x->logins = message_take_number(m);
  x->started = clock_ticks() - message_take_number(m);
  int64_t available = message_take_number(m), max = message_take_number(m);
  int64_t now = message_take_number(m);
  if (m->ok) note_slots(c, x, available, max < 0 ? 0 : max);
  if (m->ok && c->time->fixed) timeline_reach(c->time, now);
  bytes_clear(&x->url);
  bytes_clear(&x->headers);
  ok = ok && message_take_text(m, &x->url) && take_bytes(m, &x->headers);
  *received = (size_t)message_take_number(m);
  ok = ok && take_bytes(m, &x->body);
  bytes_free(&message);
  return ok && m->ok;
}

/* Its status and headers are known before its body is there. */
static void receive_headers(parent_channel *c, message_reader *m) {
  int64_t id = message_take_number(m);
  pending *p = c->requests;
  while (p && p->id != id) p = p->next;
  http_exchange *x = p ? p->x : NULL;
  if (!x || !x->on_headers || x->has_headers) return;
  x->status = (long)message_take_number(m);
  bytes_clear(&x->url);
  bytes_clear(&x->headers);
  if (!message_take_text(m, &x->url) || !take_bytes(m, &x->headers)) return;
  x->has_headers = true;
  x->on_headers(x);
}

static void receive_part(parent_channel *c, message_reader *m) {
  int64_t id = message_take_number(m);
  pending *p = c->requests;
  while (p && p->id != id) p = p->next;
  http_exchange *x = p ? p->x : NULL;
  if (!x || !x->streamed) return;
  x->received = (size_t)message_take_number(m);
  if (!take_bytes(m, &x->body)) end();
  if (x->on_part) x->on_part(x);
}

/* A body for which there is no memory fails this exchange alone, and the script gets to know. */
static void receive_response(parent_channel *c, message_reader *m) {
  pending *p = m->type == MESSAGE_RESPONSE ? take_pending(c, message_take_number(m)) : NULL;
  http_exchange *x = p ? p->x : NULL;
  free(p);
  if (!x) return;
  x->on_free = NULL;
  x->queued = NULL;
  size_t received = 0;
  if (!fill_exchange(c, x, m, &received)) {
    x->code = HTTP_FAILED;
    (void)snprintf(x->message, sizeof x->message,
                   "memory is short: the answer does not fit into the limit for a script");
  }
  http_responded(x);
  x->received = received; /* the body may have been packed by the server, or anew by the parent */
}

typedef bool keep_secret(secrets *s, const char *name, const char *text, size_t length);

static void take_secret(parent_channel *c, message_reader *m, keep_secret *keep) {
  bytes name = {0};
  size_t length;
  bool ok = message_take_text(m, &name);
  const char *text = message_take_data(m, &length);
  if (!ok || !m->ok || !keep(c->secrets, name.data, text, length)) end();
  bytes_free(&name);
}

/* What follows holds these in place of secrets. */
static void receive_stand_ins(parent_channel *c, message_reader *m) {
  secrets_know_none(c->secrets);
  while (m->ok && m->at < m->end) take_secret(c, m, secrets_know);
  if (!secrets_know_all(c->secrets)) end();
}

/* Is the message about secrets, which what follows may repeat? Then it is dealt with. */
static bool receive_secrets(parent_channel *c, message_reader *m) {
  if (m->type == MESSAGE_SECRET)
    take_secret(c, m, secrets_learn);
  else if (m->type == MESSAGE_STANDINS)
    receive_stand_ins(c, m);
  else
    return false;
  return true;
}

static void receive(parent_channel *c, int flags) {
  if (!bytes_reserve(&c->in, c->in.length + CHUNK)) end();
  ssize_t n = recv(c->channel, c->in.data + c->in.length, c->in.capacity - c->in.length, flags);
  if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) end();
  if (n > 0) bytes_added(&c->in, (size_t)n);
}

static void receive_answer(parent_channel *c, const message_reader *m) {
  bytes_append(c->answer, m->at, (size_t)(m->end - m->at)); /* empty where memory is short, which its asker finds */
  c->awaited = 0;
}

static void take_messages(parent_channel *c) {
  size_t at = 0;
  message_reader m;
  while (message_next(&c->in, &at, SIZE_MAX, &m) == MESSAGE_WHOLE)
    if (c->awaited && m.type == (char)c->awaited)
      receive_answer(c, &m);
    else if (receive_secrets(c, &m))
      continue;
    else if (m.type == MESSAGE_HEADERS)
      receive_headers(c, &m);
    else if (m.type == MESSAGE_PART)
      receive_part(c, &m);
    else
      receive_response(c, &m);
  bytes_drop_front(&c->in, at, CHUNK * 4); /* a large body came once */
}

static void ready(watch *w) {
  parent_channel *c = w->owner;
  receive(c, MSG_DONTWAIT);
  take_messages(c);
}

void parent_channel_ask(parent_channel *c, message_writer *w, message_type type, bytes *fields) {
  c->awaited = type;
  c->answer = fields;
  parent_channel_send(c, w);
  while (c->awaited) {
    receive(c, 0);
    take_messages(c);
  }
}

bool parent_channel_hmac(parent_channel *c, const char *handle, const char *text, size_t length,
                         unsigned char digest[DIGEST_SHA256_SIZE]) {
  bytes fields = {0};
  size_t size;
  message_writer w = message_begin(&c->out, MESSAGE_HMAC);
  message_data(&w, handle, strlen(handle));
  message_data(&w, text, length);
  parent_channel_ask(c, &w, MESSAGE_DIGEST, &fields);
  message_reader m = {.at = fields.data, .end = fields.data ? fields.data + fields.length : NULL, .ok = true};
  bool found = message_take_number(&m);
  const char *sum = message_take_data(&m, &size);
  if (!m.ok) end();
  if (found && size == DIGEST_SHA256_SIZE) memcpy(digest, sum, size);
  bytes_free(&fields);
  return found;
}

bool parent_channel_idle(const parent_channel *c) {
  return c->requests == NULL;
}

/* The next message of a type, read up to `*at`. What else comes is told secrets, or for the job before, and nobody's.
 */
static message_reader wait_for(parent_channel *c, message_type type, size_t *at) {
  message_reader m = {0};
  for (*at = 0; m.type != (char)type;) {
    m.type = 0;
    if (message_next(&c->in, at, SIZE_MAX, &m) != MESSAGE_WHOLE) receive(c, 0);
    (void)receive_secrets(c, &m);
  }
  return m;
}

void parent_channel_begin(parent_channel *c, bytes *fields) {
  size_t at;
  message_reader m = wait_for(c, MESSAGE_BEGIN, &at);
  if (!bytes_append(fields, m.at, (size_t)(m.end - m.at))) end();
  bytes_drop_front(&c->in, at, CHUNK * 4);
}

void parent_channel_take_job(parent_channel *c, bytes *script, bytes *beside, bytes *text) {
  size_t at;
  bytes_clear(script);
  bytes_clear(beside);
  bytes_clear(text);
  message_reader m = wait_for(c, MESSAGE_JOB, &at);
  if (!(message_take_text(&m, script) && message_take_text(&m, beside) && take_bytes(&m, text))) end();
  bytes_drop_front(&c->in, at, CHUNK * 4);
}

void parent_channel_next_job(parent_channel *c, bytes *script, bytes *beside, bytes *text) {
  known_slots_clear(c->slots);
  message_writer w = message_begin(&c->out, MESSAGE_READY);
  parent_channel_send(c, &w);
  parent_channel_take_job(c, script, beside, text);
}

/* Responses are waited for, however long they take: on a replay, too. */
static bool is_busy(watch *w) {
  const parent_channel *c = w->owner;
  return c->requests != NULL;
}

parent_channel *parent_channel_new(int channel, http *h, watch **watches, timeline *time, secrets *store) {
  known_slots *slots = known_slots_new();
  parent_channel *c = slots ? calloc(1, sizeof *c) : NULL;
  if (!c) return NULL;
  c->slots = slots;
  c->channel = channel;
  c->watch = (watch){.descriptor = channel, .events = POLLIN, .ready = ready, .tick = send_heartbeat, .owner = c};
  c->watch.busy = is_busy;
  c->time = time;
  c->secrets = store;
  watch_add(watches, &c->watch);
  http_respond_from(h, send_request, c);
  return c;
}

static void send_texts(parent_channel *c, message_type type, const bytes *texts) {
  message_writer w = message_begin(&c->out, type);
  for (size_t at = 0; at < texts->length; at += strlen(texts->data + at) + 1)
    message_data(&w, texts->data + at, strlen(texts->data + at));
  parent_channel_send(c, &w);
}

void parent_channel_grant(parent_channel *c, const bytes *hosts) {
  send_texts(c, MESSAGE_GRANT, hosts);
}

void parent_channel_allow(parent_channel *c, const bytes *methods) {
  send_texts(c, MESSAGE_METHODS, methods);
}

void parent_channel_limits(parent_channel *c, const char *url, const char *const names[RATE_HEADERS]) {
  message_writer w = message_begin(&c->out, MESSAGE_LIMITS);
  message_data(&w, url, strlen(url));
  for (int i = 0; i < RATE_HEADERS; i++) message_data(&w, names[i] ? names[i] : "", names[i] ? strlen(names[i]) : 0);
  parent_channel_send(c, &w);
}
