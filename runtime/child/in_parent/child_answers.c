#include "child/in_parent/child_answers.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void child_answers_send(child_requests *of, int descriptor) {
  while (of->sent < of->out.length) {
    ssize_t n = send(descriptor, of->out.data + of->sent, of->out.length - of->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0) break; /* later; and that it has ended, reading tells */
    of->sent += (size_t)n;
  }
  bool all = of->sent == of->out.length;
  of->channel->events = (short)(all ? POLLIN : POLLIN | POLLOUT);
  if (!all) return;
  bytes_free(&of->out); /* bodies are large, and there may be many children */
  of->sent = of->asked = 0;
}

/* Memory that is short leaves the child without what it waits for, so it has to end. */
static void send_or_end(child_requests *of, bool whole) {
  if (!whole) shutdown(of->channel->descriptor, SHUT_RDWR);
  child_answers_send(of, of->channel->descriptor);
}

/* ---- secrets */

/* A value that has no stand-in is told as it is. */
static bool tell_value(child_requests *of, const char *name, size_t name_length, const char *value, size_t length) {
  if (!stand_ins_leave_out(value, length)) return true;
  message_writer w = message_begin(&of->out, MESSAGE_SECRET);
  message_data(&w, name, name_length);
  message_data(&w, value, length);
  return message_end(&w);
}

/* Those that came since the child was told last. */
static bool tell_learned(child_requests *of) {
  const char *name;
  bool ok = true;
  for (const bytes *value; ok && (value = secrets_learned(of->world->secrets, &of->told, &name));)
    ok = tell_value(of, name, strlen(name), value->data, value->length);
  return ok;
}

bool child_answers_begin(child_requests *of, const bytes *beginning) {
  const secrets *store = of->world->secrets;
  const char *handle, *called;
  bool ok = bytes_append(&of->out, beginning->data, beginning->length);
  for (size_t i = 0, length; ok && (handle = secrets_at(store, i, &called)); i++) {
    const char *value = secrets_value(store, handle), *name = secrets_name_in(handle, &length);
    ok = tell_value(of, name, length, value, strlen(value));
  }
  return ok && tell_learned(of);
}

/* What an answer may repeat is known from now on. False: memory is short. */
static bool prepare(child_requests *of) {
  const stand_ins *before = of->stand_ins;
  bool ok = stand_ins_renew(&of->stand_ins, of->world->secrets);
  if (of->stand_ins != before) of->has_stand_ins = false;
  return ok && tell_learned(of);
}

/* Before an answer in which so many are. */
static bool tell_stand_ins(child_requests *of, size_t count) {
  const char *name;
  const bytes *one;
  size_t length;
  if (!count || of->has_stand_ins) return true;
  of->has_stand_ins = of->may_have_stand_ins = true;
  message_writer w = message_begin(&of->out, MESSAGE_STANDINS);
  for (size_t i = 0; (one = stand_ins_at(of->stand_ins, i, &name, &length)); i++) {
    message_data(&w, name, length);
    message_bytes(&w, one);
  }
  return message_end(&w);
}

/* A copy without secrets, as the exchange still needs its own. */
static bool masked(const child_requests *of, const bytes *text, bytes *copy, size_t *count) {
  bool ok = bytes_append(copy, text->data ? text->data : "", text->length);
  if (ok && copy->length) *count += stand_ins_put(of->stand_ins, copy->data, copy->length);
  return ok;
}

/* ---- answers */

typedef struct head {
  bytes url, headers;
} head;

static bool mask_head(const child_requests *of, const http_exchange *x, head *h, size_t *count) {
  return masked(of, &x->url, &h->url, count) && masked(of, &x->headers, &h->headers, count);
}

static void free_head(head *h) {
  bytes_free(&h->url);
  bytes_free(&h->headers);
}

static void write_slots(const child_requests *of, const http_exchange *x, message_writer *w) {
  unsigned max = 1, slots = 0;
  if (x->endpoint.length)
    slots = scheduler_slots(of->world->scheduler, x->url.data, x->method.data, x->endpoint.data,
                            timeline_ticks(of->world->time), &max);
  message_number(w, slots);
  message_number(w, max);
}

static bool write_response(child_requests *of, int64_t id, const http_exchange *x, const head *h) {
  message_writer w = message_begin(&of->out, MESSAGE_RESPONSE);
  message_number(&w, id);
  message_number(&w, x->code);
  message_data(&w, x->message, strlen(x->message));
  message_number(&w, x->status);
  message_number(&w, x->version);
  message_number(&w, x->redirects);
  message_number(&w, x->logins);
  message_number(&w, x->ended > x->started ? x->ended - x->started : 0);
  write_slots(of, x, &w);
  message_number(&w, timeline_now(of->world->time));
  message_bytes(&w, &h->url);
  message_bytes(&w, &h->headers);
  message_number(&w, (int64_t)x->received);
  message_bytes(&w, &x->body);
  return message_end(&w);
}

static void respond(child_requests *of, int64_t id, http_exchange *x) {
  head h = {0};
  size_t count = 0;
  bool ok = prepare(of) && relayed_body_mask(x, of->stand_ins, &count) && mask_head(of, x, &h, &count);
  if (x->code != HTTP_OK) bytes_free(&x->body); /* nobody looks at it */
  ok = ok && tell_stand_ins(of, count) && write_response(of, id, x, &h);
  free_head(&h);
  send_or_end(of, ok);
}

void child_answers_refuse(child_requests *of, int64_t id, const bytes *url, const char *message) {
  http_exchange x = {.code = HTTP_REFUSED, .url = *url};
  (void)snprintf(x.message, sizeof x.message, "%s", message);
  respond(of, id, &x);
}

void child_answers_drop(child_request *one) {
  child_request **at = &one->of->list;
  while (*at != one) at = &(*at)->next;
  *at = one->next;
  one->of->count--;
  one->of->ending -= one->ending;
  http_free_exchange(one->x);
  relayed_body_free(one->body);
  free(one);
}

void child_answers_headers(child_request *one) {
  child_requests *of = one->of;
  const http_exchange *x = one->x;
  head h = {0};
  size_t count = 0;
  bool ok = prepare(of) && mask_head(of, x, &h, &count) && tell_stand_ins(of, count);
  message_writer w = message_begin(&of->out, MESSAGE_HEADERS);
  message_number(&w, one->id);
  message_number(&w, x->status);
  message_bytes(&w, &h.url);
  message_bytes(&w, &h.headers);
  ok = message_end(&w) && ok;
  free_head(&h);
  send_or_end(of, ok);
}

/* ---- bodies piece by piece */

static bool write_part(child_request *one, const bytes *part) {
  if (!part->length) return true;
  message_writer w = message_begin(&one->of->out, MESSAGE_PART);
  message_number(&w, one->id);
  message_number(&w, (int64_t)one->x->received);
  message_bytes(&w, part);
  one->untaken += part->length;
  return message_end(&w);
}

/* No more of it lies with the child than it takes. */
void child_answers_part(child_request *one) {
  child_requests *of = one->of;
  bytes part = {0};
  size_t count = 0;
  bool has_begun = one->x->has_headers || one->x->done;
  if (one->untaken >= HTTP_WINDOW || !one->x->streamed || !has_begun) return;
  if (!one->body) one->body = relayed_body_new(one->x);
  bool ok = one->body && prepare(of);
  relayed_code code = RELAYED_FAILED;
  if (ok) code = relayed_body_read(one->body, one->x, of->stand_ins, HTTP_WINDOW - one->untaken, &part, &count);
  ok = ok && tell_stand_ins(of, count) && write_part(one, &part);
  bytes_free(&part);
  send_or_end(of, ok);
  bool over = code == RELAYED_FAILED || (one->ending && code == RELAYED_END);
  if (over) respond(of, one->id, one->x);
  if (over) child_answers_drop(one);
}

void child_answers_end(child_request *one) {
  http_exchange *x = one->x;
  one->ending = x->streamed && x->code == HTTP_OK && x->status < 300;
  one->of->ending += one->ending;
  if (one->ending && x->on_headers && !x->has_headers) child_answers_headers(one); /* all came at once */
  if (one->ending) {
    child_answers_part(one);
  } else {
    respond(one->of, one->id, x);
    child_answers_drop(one);
  }
}
