/*
 * HTTP exchanges on one libcurl multi handle: whole answers, with their limits and faults told apart.
 * Nothing here knows Lua. Bodies stay compressed as they came; http_body inflates them.
 */
#ifndef PERIGEE_HTTP_H
#define PERIGEE_HTTP_H

#include "base/bytes.h"
#include "http/secrets.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct http http;
struct http_exchange;

/* Why an exchange brought no answer. http_code_name gives the word that scripts see. */
typedef enum http_code {
  HTTP_OK,
  HTTP_DNS,       /* dns: the host's name is not known */
  HTTP_CONNECT,   /* connect: refused, unreachable, or not in time */
  HTTP_TLS,       /* tls: no trust, wrong host, expired, no handshake */
  HTTP_TIMEOUT,   /* timeout: connected, but no first byte in time */
  HTTP_STALL,     /* stall: the body stopped, or trickles */
  HTTP_CUT,       /* cut: the connection ended before the answer did */
  HTTP_TOO_LARGE, /* too_large: beyond max_body, or inflates beyond it */
  HTTP_CORRUPT,   /* corrupt: the body is not the gzip that it says it is */
  HTTP_REDIRECT,  /* redirect: to another origin, or too many */
  HTTP_PROXY,     /* proxy: it is not reached or refuses */
  HTTP_REFUSED,   /* refused: by us, such as a secret that is not for that host */
  HTTP_REPLAY,    /* replay: the recording has no such request */
  HTTP_FAILED     /* failed: anything else; the message tells */
} http_code;
const char *http_code_name(http_code code);

/* All times in milliseconds. Zeroes mean the defaults, which http.c names. */
typedef struct http_limits {
  int64_t connect;
  int64_t first_byte; /* from the request's last byte to the answer's first */
  int64_t stall;      /* a body must bring HTTP_STALL_BYTES in each such span, or end */
  size_t max_body;    /* bytes, compressed and inflated */
} http_limits;
#define HTTP_STALL_BYTES 1024

/* One exchange. Filled in by this module; the caller reads. Freed by http_free_exchange, at any time. */
typedef struct http_exchange {
  bytes method, payload;
  bytes asked;    /* the URL that was asked for */
  bytes url;      /* the same, or where redirects within its origin led */
  bytes endpoint; /* what its limits are counted by, for who answers in place of the network; empty: it is not paced */
  bool guarded;   /* set by the caller: its host's name must lead to no address of this machine or its own link */
  http_code code;
  char message[CURL_ERROR_SIZE + 128]; /* for people, when code is not HTTP_OK; no secrets */
  long status;
  long version;    /* CURL_HTTP_VERSION_… */
  bytes headers;   /* of the answer: lines, as they came */
  bytes body;      /* as it came: compressed, perhaps */
  size_t received; /* bytes of it */
  bool dropped;    /* http_drop_body was called */
  bool head;       /* the headers are whole, and those of the answer that counts; the body may be on its way */
  bool done;
  int redirects;
  int64_t began;                       /* clock_now */
  int64_t started, sent, first, ended; /* clock_ticks; 0: not yet */

  void (*on_head)(struct http_exchange *); /* called once, from http_step, before on_done; NULL: nobody waits for it */
  void (*on_done)(struct http_exchange *); /* called once, from http_step, unless freed before */
  void *owner;
  const char *stream;                      /* on whose behalf it is, or NULL; stays with its owner */
  void (*on_free)(struct http_exchange *); /* called when it is freed; scheduler.c's */
  void *pacing;

  /* private */
  http *client;
  CURL *easy;
  struct curl_slist *request_headers;
  char reason[CURL_ERROR_SIZE]; /* libcurl's, apart from ours, which it would overwrite */
  bool headers_whole;           /* the empty line after them came */
  int64_t mark;
  size_t marked_bytes;
  const char *proxy; /* http_guard.c's */
  struct http_exchange *next, *previous;
} http_exchange;

/*
 * A client. `store` outlives it; without one (NULL) handles of secrets stay in headers as they are. Fails (NULL) only
 * when memory is short.
 */
http *http_new(secrets *store, http_limits limits, const char *user_agent);
void http_free(http *h);
const http_limits *http_get_limits(const http *h);
const secrets *http_get_secrets(const http *h);

/* Further trust and a proxy (its URL, or a secret's handle), in place of the environment's. False: memory is short. */
bool http_trust(http *h, const char *ca);
bool http_use_proxy(http *h, const char *proxy);

/*
 * What may answer in place of the network, from http_start on: at once (true; it may set `ended`), or later, by
 * http_answered. And what sees each exchange when it is done. NULL: none.
 */
void http_answer_from(http *h, bool (*answer)(void *user, struct http_exchange *x), void *user);
void http_answered(struct http_exchange *x);
void http_show_to(http *h, void (*show)(void *user, struct http_exchange *x), void *user);

/* A new exchange, not yet started. The strings are copied. NULL: memory is short. */
http_exchange *http_new_exchange(http *h, const char *method, const char *url);

/* Adds a header; handles of secrets in it are exchanged. False: exchange->message tells why it is refused. */
bool http_header(http_exchange *x, const char *name, const char *value);
bool http_payload(http_exchange *x, const void *data, size_t length);

/* Starts it. on_done follows from a later http_step, whatever happens. */
void http_start(http_exchange *x);

/* Ends it where it is (on_done is then not called) and frees it. NULL is allowed. */
void http_free_exchange(http_exchange *x);

/* Nothing is under way. */
bool http_idle(const http *h);

/* Moves everything on, waiting at most `wait` ms, or until something of these descriptors comes. */
void http_step(http *h, int64_t wait, struct curl_waitfd *also, unsigned count);
uint64_t http_received(const http *h); /* body bytes so far */

/* The value of an answer's header (the first such), without the white space around it; false when it is not there. */
bool http_find_header(const http_exchange *x, const char *name, const char **value, size_t *length);

/*
 * The answer's body as text: inflated into `scratch` when it came as gzip, else as it lies in the exchange.
 * HTTP_OK, or HTTP_CORRUPT, HTTP_TOO_LARGE, HTTP_FAILED (memory is short, unknown encoding) with x->message set.
 */
http_code http_body(http_exchange *x, bytes *scratch, bytes **text);

/* Frees the body; http_body fails from then on. */
void http_drop_body(http_exchange *x);

#endif
