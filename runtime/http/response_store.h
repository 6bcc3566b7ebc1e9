/*
 * Responses that several readers need alike: whoever asks first fetches one, and the others get the same bytes. They
 * lie in an unlinked temporary file, so that memory does not grow with them; where none can be made, a few lie in
 * memory.
 *
 * What a reader gets was requested after all that it has had before (`after`, a place in the order of requests and
 * responses), so it meets the server's state in the order of time, as if it had asked for itself, and somewhat earlier.
 */
#ifndef PERIGEE_HTTP_RESPONSE_STORE_H
#define PERIGEE_HTTP_RESPONSE_STORE_H

#include "http/http.h"

#define RESPONSE_STORE_AGE 600000 /* ms for which a response is handed out */

typedef struct response_store response_store;

/* A response that somebody fetches for all: put, or given up. */
typedef struct store_lead store_lead;

/* Somebody who waits for it. */
typedef struct store_waiter {
  void (*wake)(struct store_waiter *w); /* it was put, or given up */
  void *owner;
  bool is_alone;    /* it was given up, so that whoever waited asks the server */
  store_lead *lead; /* NULL: it does not wait */
  struct store_waiter *next;
} store_waiter;

/* NULL: memory is short. */
response_store *response_store_new(http *h);
void response_store_free(response_store *s);

/*
 * The first response of this name that was requested after a place, and is young enough (`now`: ticks in ms), as an
 * exchange that is done; `place` is where it came. NULL: there is none.
 */
http_exchange *response_store_take(response_store *s, const char *name, uint64_t after, int64_t now, uint64_t *place);

/* Who fetches one of this name, and began after a place. NULL: nobody does. */
store_lead *response_store_lead_of(const response_store *s, const char *name, uint64_t after);

/* Begins to fetch one. NULL: memory is short. Ended by store_lead_free. */
store_lead *response_store_begin(response_store *s, const char *name);

/* Keeps the response, and wakes who waits. False: it cannot be kept; whoever waits waits until the lead is freed. */
bool store_lead_put(store_lead *l, const http_exchange *x, int64_t now, uint64_t *place);

/* Whoever still waits is alone then. NULL is allowed. */
void store_lead_free(store_lead *l);

void store_waiter_join(store_waiter *w, store_lead *l);
void store_waiter_leave(store_waiter *w);

#endif
