/* One HTTP exchange: a request, and the response to it or why there is none. Types alone; http.h has what is done. */
#ifndef PERIGEE_HTTP_EXCHANGE_H
#define PERIGEE_HTTP_EXCHANGE_H

#include "base/bytes.h"
#include "http/allowed_hosts.h"
#include "http/http_setup.h"
#include "secrets/secrets.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* Why an exchange brought no response. http_code_name gives the word that scripts see. */
typedef enum http_code {
  HTTP_OK,
  HTTP_DNS,        /* dns: the host's name is not known */
  HTTP_CONNECT,    /* connect: refused, unreachable, or not in time */
  HTTP_TLS,        /* tls: no trust, wrong host, expired, no handshake */
  HTTP_SCHEME,     /* scheme: https where no TLS is spoken */
  HTTP_TIMEOUT,    /* timeout: connected, but no first byte in time */
  HTTP_STALL,      /* stall: the body stopped, or trickles */
  HTTP_CUT,        /* cut: the connection ended before the response did */
  HTTP_TOO_LARGE,  /* too_large: beyond max_body, or inflates beyond it */
  HTTP_CORRUPT,    /* corrupt: the body is not the gzip that it says it is */
  HTTP_REDIRECT,   /* redirect: to another origin, or too many */
  HTTP_PROXY,      /* proxy: it is not reached or refuses */
  HTTP_REFUSED,    /* refused: by us, such as a secret that is not for that host */
  HTTP_LOGIN,      /* login: the server refused the login that it needs */
  HTTP_LOGIN_BUSY, /* login_busy: that server is in trouble, or limits logins */
  HTTP_REPLAY,     /* replay: the recording has no such request */
  HTTP_BODILESS,   /* bodiless: the recording was saved without this response's body */
  HTTP_FAILED      /* failed: anything else; the message says what */
} http_code;

/* What an exchange under way waits for, in the order of its life. http_wait_name gives the word that scripts see. */
typedef enum http_wait {
  HTTP_WAIT_NOTHING,
  HTTP_WAIT_NAME,
  HTTP_WAIT_CONNECTION,
  HTTP_WAIT_TLS,
  HTTP_WAIT_RESPONSE,
  HTTP_WAIT_BODY
} http_wait;

/* All times in milliseconds. Zeroes mean the defaults, which http.c sets. */
typedef struct http_limits {
  int64_t connect;
  int64_t first_byte; /* from the request's last byte to the response's first */
  int64_t stall;      /* a body must bring HTTP_STALL_BYTES in each such span, or end */
  size_t max_body;    /* bytes, compressed and inflated */
} http_limits;
#define HTTP_STALL_BYTES 1024
#define HTTP_WINDOW ((size_t)1 << 20)      /* bytes of a streamed body that are there at once, about */
#define HTTP_ERROR_BODY ((size_t)64 << 10) /* bytes that are kept of a body whose status is none of success */

/* Shared by all exchanges of a client. */
typedef struct http_common {
  secrets *store; /* NULL: handles of secrets stay in headers as they are */
  http_limits limits;
  http_setup setup;
} http_common;

/*
 * The caller writes the hooks and flags of a request before http_start. The response is written by http.c, or by
 * whoever responds in place of the network (http_respond_from), and only read after on_done.
 */
typedef struct http_exchange {
  /* the request */
  bytes method, payload;
  bytes request_url;
  bytes endpoint; /* for its limits, where somebody responds in place of the network; empty: it is not paced */
  struct curl_slist *request_headers; /* `name: value`, secrets in place of their handles */
  struct curl_slist *turned_headers;  /* of those, what a redirect to a GET leaves */
  bytes auth;         /* where its secrets stand, for whoever responds in place of the network (auth/auth_places.h) */
  bytes secret_query; /* parameters with secrets, as they are sent behind the URL */
  grant granted;      /* where its host's name may lead; GRANT_NONE, as it is made: anywhere */
  const char *stream; /* on whose behalf it is, or NULL; stays with its owner */
  bool once;          /* the server may do something for it, so libcurl must not send it twice by itself */

  /* the response, or why there is none */
  http_code code;
  char message[CURL_ERROR_SIZE + 256]; /* for people, when code is not HTTP_OK; no secrets */
  bytes url;                           /* request_url, or where redirects within its origin led */
  long status;
  long version;     /* CURL_HTTP_VERSION_… */
  bytes headers;    /* lines, as they came */
  bytes body;       /* as it came: compressed, perhaps; of an error HTTP_ERROR_BODY bytes at the most */
  size_t received;  /* bytes of it */
  bool streamed;    /* set before it starts: its owner takes the body piece by piece (http_took) */
  bool framed;      /* as well: nothing in the body tells where it ends, so the response must (http_framing.h) */
  bool is_unpacked; /* streamed: gzip was taken off by whoever responds */
  bool paused;      /* the body waits for its owner */
  bytes copy;       /* all of a streamed body, for whoever observes */
  bool dropped;     /* http_drop_body was called */
  bool has_headers; /* they are whole, and no redirect's; the body may be on its way */
  bool done;
  int redirects;
  int64_t began;                       /* clock_now */
  int64_t started, sent, first, ended; /* clock_ticks; 0: not yet */

  /*
   * What it needs before it starts, such as a login's token. `awaits` is for whoever queues it: 0, and it may start;
   * else the tick at which to ask again (INT64_MAX: when another exchange has ended). `prepare` is called when it
   * starts: NULL, and it goes on; else what holds it until http_release.
   */
  int64_t (*awaits)(struct http_exchange *x, int64_t now);
  const void *(*prepare)(struct http_exchange *x);
  const void *held;
  void *login;     /* the logins' own (auth/logins.h), as is */
  int64_t token;   /* the number of the one that it carries */
  int64_t attempt; /* of the login, which it has waited for; 0: none */
  int64_t logins;  /* requests that were made for it */

  /* hooks, each called once at the most; NULL: nobody waits for it */
  void (*arrived)(struct http_exchange *x);    /* from http_step, before the observer and on_done */
  void (*on_headers)(struct http_exchange *x); /* from http_step, before on_done */
  void (*on_done)(struct http_exchange *x);    /* from http_step, unless freed before */
  void (*on_part)(struct http_exchange *x);    /* streamed: from http_step, whenever more of the body is there */
  void (*on_took)(struct http_exchange *x, size_t length); /* streamed, and responded to: its owner took so much */
  void *owner;
  void (*on_free)(struct http_exchange *x); /* from http_free_exchange: for whoever queued it */
  void *queued;                             /* its place in the queue of the scheduler or of the parent channel */

  /* private to runtime/http */
  struct http *client; /* NULL: it was freed */
  http_common *common;
  CURL *easy;
  char reason[CURL_ERROR_SIZE]; /* libcurl's, apart from ours, which it would overwrite */
  unsigned header_lines;        /* of headers and trailer, as the bytes are */
  size_t header_bytes;
  bool is_observed;   /* streamed: `copy` is wanted */
  bool is_packed;     /* the body begins as gzip does */
  bool headers_ended; /* the empty line after them came */
  bool cut_short;     /* the body of an error, of which the beginning is enough */
  bool flooded;       /* its connection was closed, maybe by its own server's fault (http_flood.h) */
  bool turned;        /* a redirect made a GET of it, which has no payload */
  const char *proxy;  /* http_guard.c's */
  int64_t mark; /* clock_ticks at which `marked_bytes` of the body were there, later by what nobody looked since */
  size_t marked_bytes;
  size_t reported; /* bytes of the body when on_part was called last */
  struct http_exchange *next, *previous;
} http_exchange;

#endif
