#include "har/inject.h"

#include "har/fault.h"
#include "http/http_response.h"

#include <stdlib.h>
#include <string.h>

/* The requests of one stream so far. */
typedef struct history {
  bytes stream;
  long answered;  /* from the recording */
  long *injected; /* how often each fault */
  long status;    /* of the last response from the recording, as are these */
  bytes headers, body;
  struct history *next;
} history;

struct har_inject {
  har_fault *faults;
  bool *met; /* by any stream: of each fault */
  size_t count;
  history *histories;
};

/* ---- setting up */

static bool read_faults(har_inject *i, const char *const *faults, bytes *why) {
  size_t count = 0;
  while (faults[count]) count++;
  i->faults = calloc(count + 1, sizeof *i->faults);
  i->met = calloc(count + 1, sizeof *i->met);
  if (!i->faults || !i->met) return bytes_text(why, "memory is short"), false;
  for (; i->count < count; i->count++)
    if (!har_fault_read(&i->faults[i->count], faults[i->count], why)) return false;
  return true;
}

har_inject *har_inject_new(const char *const *faults, bytes *why) {
  har_inject *i = calloc(1, sizeof *i);
  if (!i) bytes_text(why, "memory is short");
  if (!i || read_faults(i, faults, why)) return i;
  har_inject_free(i);
  return NULL;
}

static void free_history(history *h) {
  bytes_free(&h->stream);
  bytes_free(&h->headers);
  bytes_free(&h->body);
  free(h->injected);
  free(h);
}

void har_inject_rewind(har_inject *i) {
  while (i->histories) {
    history *h = i->histories;
    i->histories = h->next;
    free_history(h);
  }
}

void har_inject_free(har_inject *i) {
  if (!i) return;
  har_inject_rewind(i);
  free(i->faults);
  free(i->met);
  free(i);
}

/* NULL: memory is short. */
static history *history_of(har_inject *i, const char *stream) {
  for (history *h = i->histories; h; h = h->next)
    if (strcmp(h->stream.data, stream) == 0) return h;
  history *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->injected = calloc(i->count, sizeof *h->injected);
  if (!h->injected || !bytes_text(&h->stream, stream)) {
    free_history(h);
    return NULL;
  }
  h->next = i->histories;
  return i->histories = h;
}

/* ---- made-up responses */

#define TYPE_JSON "Content-Type: application/json\r\n"
#define TYPE_HTML "Content-Type: text/html\r\n"

/* `detail` alone is a whole error of RFC 9457 (problem details), whatever the API. */
#define PROBLEM(text) "{\"detail\":\"" text "\"}"

static bool respond(http_exchange *x, long status, const char *headers, const char *body) {
  x->status = status;
  bytes_clear(&x->headers);
  bytes_clear(&x->body);
  return bytes_printf(&x->headers, "HTTP/1.1 %ld\r\n%s\r\n", status, headers) && bytes_text(&x->body, body);
}

static bool respond_limited(http_exchange *x, long seconds) {
  char headers[120];
  (void)snprintf(headers, sizeof headers, TYPE_JSON "Retry-After: %ld\r\n", seconds);
  return respond(x, 429, headers, PROBLEM("You are making requests too fast."));
}

static bool respond_again(http_exchange *x, const history *h) {
  x->status = h->status;
  return bytes_append(&x->headers, h->headers.data, h->headers.length) &&
         bytes_append(&x->body, h->body.data, h->body.length);
}

static bool fail(http_exchange *x, const har_fault *f) {
  x->code = (http_code)f->number;
  (void)snprintf(x->message, sizeof x->message, "injected by --fault %.80s", f->text);
  return true;
}

/* ---- recorded responses, corrupted */

static bool replace_body(http_exchange *x, const char *body) {
  bytes_clear(&x->body);
  return bytes_text(&x->body, body);
}

/* Takes all lines of this header out. */
static bool drop_header(bytes *headers, const char *name) {
  bytes kept = {0};
  http_header header;
  http_header_iterator it = http_iterate_headers(headers);
  const char *from = headers->data;
  bool ok = true;
  while (ok && http_next_header(&it, &header)) {
    if (!http_header_is(&header, name)) continue;
    ok = bytes_append(&kept, from, (size_t)(header.name - from));
    from = it.at;
  }
  ok = ok && bytes_append(&kept, from, (size_t)(it.end - from));
  bytes_free(headers);
  *headers = kept;
  return ok;
}

/* The recorded response stays in the recording for the next request. */
static bool corrupt(const har_fault *f, har_reader *r, http_exchange *x) {
  har_reader_peek(r, x);
  if (x->code != HTTP_OK) return true;
  switch (f->kind) {
  case HAR_EMPTY: return replace_body(x, "");
  case HAR_NOT_ROWS: return replace_body(x, PROBLEM("Internal Error"));
  case HAR_NO_ROWS: return replace_body(x, "[]");
  case HAR_NO_HEADER: return drop_header(&x->headers, f->header);
  default: x->body.length /= 2; return bytes_append(&x->body, "", 0);
  }
}

/* ---- responding */

static bool inject(const har_fault *f, const history *h, har_reader *r, http_exchange *x) {
  x->ended = x->started;
  switch (f->kind) {
  case HAR_STATUS: return respond(x, f->number, TYPE_JSON, PROBLEM("Injected by --fault."));
  case HAR_LIMITED: return respond_limited(x, f->number);
  case HAR_HTML: return respond(x, f->number, TYPE_HTML, "<!doctype html><html><body>Sign in.</body></html>");
  case HAR_AGAIN: return respond_again(x, h);
  case HAR_CODE: return fail(x, f);
  default: return corrupt(f, r, x);
  }
}

/* The fault that this stream's next request meets; `count`: none. */
static size_t next_fault(const har_inject *i, const history *h) {
  for (size_t n = 0; n < i->count; n++) {
    const har_fault *f = &i->faults[n];
    if (h->injected[n] < f->times && f->page == h->answered + 1 && har_fault_is_for(f, h->stream.data)) return n;
  }
  return i->count;
}

static bool note_response(history *h, const http_exchange *x) {
  h->answered++;
  h->status = x->status;
  bytes_clear(&h->headers);
  bytes_clear(&h->body);
  return bytes_append(&h->headers, x->headers.data, x->headers.length) &&
         bytes_append(&h->body, x->body.data, x->body.length);
}

/* False: memory is short. */
static bool respond_with(har_inject *i, har_reader *r, http_exchange *x, int64_t *ended) {
  history *h = history_of(i, x->stream ? x->stream : "");
  if (!h) return false;
  size_t n = next_fault(i, h);
  if (n < i->count) {
    h->injected[n]++;
    i->met[n] = true;
    return inject(&i->faults[n], h, r, x);
  }
  *ended = har_reader_respond(r, x);
  return x->code != HTTP_OK || note_response(h, x);
}

int64_t har_inject_respond(har_inject *i, har_reader *r, http_exchange *x) {
  if (!i->count) return har_reader_respond(r, x);
  int64_t ended = INT64_MIN;
  if (respond_with(i, r, x, &ended)) return ended;
  x->code = HTTP_FAILED;
  (void)snprintf(x->message, sizeof x->message, "memory is short");
  return ended;
}

const char *har_inject_idle(const har_inject *i, bytes *streams) {
  for (const history *h = i->histories; h; h = h->next)
    if (h->stream.length) bytes_printf(streams, "%s%s", streams->length ? ", " : "", h->stream.data);
  for (size_t n = 0; n < i->count; n++)
    if (!i->met[n]) return i->faults[n].text;
  return NULL;
}
