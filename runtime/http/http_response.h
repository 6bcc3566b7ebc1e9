/* The contents of a response: its headers, and its body as text. */
#ifndef PERIGEE_HTTP_RESPONSE_H
#define PERIGEE_HTTP_RESPONSE_H

#include "http/http_exchange.h"

/* One header, without the white space around name and value; neither ends with a zero byte. */
typedef struct http_header {
  const char *name, *value;
  size_t name_length, value_length;
} http_header;

/* Goes over the lines of headers; `at` is where the next line begins. The lines must stay as they are meanwhile. */
typedef struct http_header_iterator {
  const char *at, *end;
} http_header_iterator;

http_header_iterator http_iterate_headers(const bytes *lines);

/* The next header. Skipped: status lines, and folded lines, of which a transfer leaves none. False: there are no more.
 */
bool http_next_header(http_header_iterator *it, http_header *header);

/* Has the header this name? By RFC 9110 (5.1) without regard to case. */
bool http_header_is(const http_header *header, const char *name);

/* The value of the first header of this name; points into the exchange. False: there is none. */
bool http_find_header(const http_exchange *x, const char *name, const char **value, size_t *length);

/* Appends the values of all headers of this name, joined by ", " (RFC 9110, 5.3). `found`: there is one. False: memory
 * is short. */
bool http_join_headers(const http_exchange *x, const char *name, bytes *out, bool *found);

/* A date of HTTP's (RFC 9110, 5.6.7), in microseconds since 1970. False: it is none. */
bool http_parse_date(const char *text, size_t length, int64_t *us);

/* A response's body as text, or why there is none. */
typedef struct http_text {
  http_code code;    /* HTTP_OK, HTTP_CORRUPT, HTTP_TOO_LARGE, or HTTP_FAILED: memory is short, or it was dropped */
  const bytes *text; /* when HTTP_OK: the exchange's own, or the scratch buffer; ends with a zero byte not counted */
  char message[120]; /* for people, when not HTTP_OK */
} http_text;

/* Is what is sent gzip, by Content-Type or the ending of its address? */
bool http_is_gzip_file(const http_exchange *x);

/* The body, or what of it is there, as it came: `*is_gzip` says how. HTTP_CORRUPT: encoded in a way that nobody reads.
 */
http_text http_body_as_sent(const http_exchange *x, bool *is_gzip);

/* Inflates the body into `scratch` when it came as gzip; else it stays where it lies. The exchange stays as it is. */
http_text http_body(const http_exchange *x, bytes *scratch);

/* Frees the body; http_body fails from then on. */
void http_drop_body(http_exchange *x);

#endif
