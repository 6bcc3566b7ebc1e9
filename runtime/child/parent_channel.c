#include "child/parent_channel.h"

#include "base/clock.h"

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
  int channel;
  bytes in, out;
  pending *asked;
  struct room *rooms; /* one an endpoint */
  size_t room_count;
  int64_t last_id;
  watch watch;
  timeline *time;
};

/* Nothing can be told to anyone any more: not an end of our own choice. */
static _Noreturn void end(void) {
  _exit(EXIT_FAILURE);
}

bytes *parent_channel_out(parent_channel *r) {
  return &r->out;
}

/* The parent always reads, so waiting for it here is short. */
void parent_channel_send(parent_channel *r, message_writer *w) {
  if (!message_end(w)) end();
  for (size_t at = 0; at < r->out.length;) {
    ssize_t n = send(r->channel, r->out.data + at, r->out.length - at, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) end();
    if (n > 0) at += (size_t)n;
  }
  bytes_clear(&r->out);
}

static void beat(watch *w) {
  parent_channel *r = w->owner;
  message_writer frame = message_begin(&r->out, MESSAGE_BEAT);
  parent_channel_send(r, &frame);
}

/* ---- asking */

static pending *take_pending(parent_channel *r, int64_t id) {
  for (pending **at = &r->asked; *at; at = &(*at)->next) {
    pending *p = *at;
    if (p->id != id) continue;
    *at = p->next;
    return p;
  }
  return NULL;
}

/* An answer that is on its way already finds nobody. */
static void forget(http_exchange *x) {
  pending *p = x->queued;
  parent_channel *r = p->of;
  message_writer w = message_begin(&r->out, MESSAGE_FORGET);
  message_number(&w, p->id);
  parent_channel_send(r, &w);
  free(take_pending(r, p->id));
}

/* ---- how much room an endpoint has, as the last answer told, less what was asked since */

typedef struct room {
  bytes endpoint;
  int64_t left, most;
  struct room *next;
} room;

static room *find_room(parent_channel *r, const bytes *name) {
  for (room *one = r->rooms; one; one = one->next)
    if (one->endpoint.length == name->length && memcmp(one->endpoint.data, name->data, name->length) == 0) return one;
  return NULL;
}

static void note_room(parent_channel *r, const bytes *name, int64_t left, int64_t most) {
  if (!name->length || name->length > MESSAGE_LONGEST_ENDPOINT) return;
  room *one = find_room(r, name);
  if (!one && r->room_count < MESSAGE_MOST_ENDPOINTS && (one = calloc(1, sizeof *one))) {
    bytes_text(&one->endpoint, name->data);
    one->next = r->rooms;
    r->rooms = one;
    r->room_count++;
  }
  if (!one) return;
  one->left = left;
  one->most = most;
}

unsigned parent_channel_slots(parent_channel *r, const char *name, unsigned *most) {
  bytes wanted = {.data = (char *)name, .length = strlen(name)};
  const room *one = find_room(r, &wanted);
  *most = one && one->most > 0 ? (unsigned)one->most : 1;
  return one && one->left > 0 ? (unsigned)one->left : 0;
}

static bool ask(void *user, http_exchange *x) {
  parent_channel *r = user;
  pending *p = calloc(1, sizeof *p);
  if (!p) end();
  *p = (pending){.id = ++r->last_id, .x = x, .of = r, .next = r->asked};
  r->asked = p;
  x->queued = p;
  x->on_free = forget;
  room *known = find_room(r, &x->endpoint);
  if (known) known->left--;
  message_writer w = message_begin(&r->out, MESSAGE_ASK);
  message_number(&w, p->id);
  message_number(&w, x->on_headers != NULL);
  message_number(&w, timeline_now(r->time));
  message_bytes(&w, &x->method);
  message_bytes(&w, &x->request_url);
  message_bytes(&w, &x->endpoint);
  message_bytes(&w, &x->payload);
  for (const struct curl_slist *line = x->request_headers; line; line = line->next)
    message_data(&w, line->data, strlen(line->data));
  parent_channel_send(r, &w);
  return false;
}

/* ---- answers */

static bool take_bytes(message_reader *f, bytes *to) {
  size_t length;
  const char *data = message_take_data(f, &length);
  return f->ok && bytes_append(to, data, length);
}

static bool fill(parent_channel *r, http_exchange *x, message_reader *f) {
  bytes message = {0};
  int64_t code = message_take_number(f);
  x->code = code >= 0 && code <= HTTP_FAILED ? (http_code)code : HTTP_FAILED;
  bool ok = message_take_text(f, &message);
  if (ok) (void)snprintf(x->message, sizeof x->message, "%s", message.data);
  x->status = (long)message_take_number(f);
  x->version = (long)message_take_number(f);
  x->redirects = (int)message_take_number(f);
  x->started = clock_ticks() - message_take_number(f);
  int64_t left = message_take_number(f), most = message_take_number(f);
  int64_t now = message_take_number(f);
  if (f->ok) note_room(r, &x->endpoint, left, most);
  if (f->ok && r->time->fixed) timeline_reach(r->time, now);
  bytes_clear(&x->url);
  bytes_clear(&x->headers);
  ok = ok && message_take_text(f, &x->url) && take_bytes(f, &x->headers) && take_bytes(f, &x->body);
  bytes_free(&message);
  return ok && f->ok;
}

/* Its status and headers are known before its body is there. */
static void receive_head(parent_channel *r, message_reader *f) {
  int64_t id = message_take_number(f);
  pending *p = r->asked;
  while (p && p->id != id) p = p->next;
  http_exchange *x = p ? p->x : NULL;
  if (!x || !x->on_headers || x->has_headers) return;
  x->status = (long)message_take_number(f);
  bytes_clear(&x->url);
  bytes_clear(&x->headers);
  if (!message_take_text(f, &x->url) || !take_bytes(f, &x->headers)) return;
  x->has_headers = true;
  x->on_headers(x);
}

/* A body for which there is no room is this exchange's failure; the script can be told of it. */
static void receive(parent_channel *r, message_reader *f) {
  pending *p = f->type == MESSAGE_ANSWER ? take_pending(r, message_take_number(f)) : NULL;
  http_exchange *x = p ? p->x : NULL;
  free(p);
  if (!x) return;
  x->on_free = NULL;
  x->queued = NULL;
  if (!fill(r, x, f)) {
    x->code = HTTP_FAILED;
    (void)snprintf(x->message, sizeof x->message,
                   "memory is short: the answer does not fit into the limit for a script");
  }
  http_responded(x);
}

static void ready(watch *w) {
  parent_channel *r = w->owner;
  size_t at = 0;
  message_reader f;
  if (!bytes_reserve(&r->in, r->in.length + CHUNK)) end();
  ssize_t n = recv(r->channel, r->in.data + r->in.length, r->in.capacity - r->in.length, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) end();
  if (n > 0) r->in.length += (size_t)n;
  while (message_next(&r->in, &at, SIZE_MAX, &f) == MESSAGE_WHOLE)
    if (f.type == MESSAGE_HEAD)
      receive_head(r, &f);
    else
      receive(r, &f);
  bytes_drop_front(&r->in, at, CHUNK * 4); /* a large body came once */
}

/* Answers are waited for, however long they take: on a replay, too. */
static bool waits(watch *w) {
  const parent_channel *r = w->owner;
  return r->asked != NULL;
}

parent_channel *parent_channel_new(int channel, http *h, watch **watches, timeline *time) {
  parent_channel *r = calloc(1, sizeof *r);
  if (!r) return NULL;
  r->channel = channel;
  r->watch = (watch){.descriptor = channel, .events = POLLIN, .ready = ready, .tick = beat, .owner = r};
  r->watch.busy = waits;
  r->time = time;
  watch_add(watches, &r->watch);
  http_respond_from(h, ask, r);
  return r;
}

void parent_channel_grant(parent_channel *r, const bytes *hosts) {
  message_writer w = message_begin(&r->out, MESSAGE_GRANT);
  for (size_t at = 0; at < hosts->length; at += strlen(hosts->data + at) + 1)
    message_data(&w, hosts->data + at, strlen(hosts->data + at));
  parent_channel_send(r, &w);
}

void parent_channel_limits(parent_channel *r, const char *url, const char *const names[RATE_HEADERS]) {
  message_writer w = message_begin(&r->out, MESSAGE_LIMITS);
  message_data(&w, url, strlen(url));
  for (int i = 0; i < RATE_HEADERS; i++) message_data(&w, names[i] ? names[i] : "", names[i] ? strlen(names[i]) : 0);
  parent_channel_send(r, &w);
}
