/*
 * HTTP Archive 1.2 files: exchanges written down, and answers given from them instead of a network.
 * Secrets are masked before anything is written; bodies are kept as decoded bytes.
 */
#ifndef PERIGEE_HAR_H
#define PERIGEE_HAR_H

#include "base/bytes.h"
#include "http/http.h"
#include "http/secrets.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct har_writer har_writer;
typedef struct har_reader har_reader;

/*
 * Starts a file (mode 0600), complete and valid after every entry, so that a process that is killed leaves one that
 * opens. NULL: `why` says what the system said. `store` outlives it.
 */
har_writer *har_create(const char *path, const secrets *store, const char *version, bytes *why);

/*
 * Adds a finished exchange, failed ones too. Values of secrets are overwritten by asterisks of the same length, in
 * URL, headers and body; the headers Authorization, Cookie, Set-Cookie and Proxy-Authorization whole; so are the fields
 * of JSON bodies that hold secrets of others (har_fields.h); the entry's comment says so. A body that is not UTF-8 is
 * written in base64. Returns false, and goes on returning it, when the file cannot be written (har_close tells why).
 */
bool har_write(har_writer *w, http_exchange *x);

/* Closes the file; NULL is allowed. False: something was not written; `why` says what. */
bool har_close(har_writer *w, bytes *why);

/* Reads a file whole; "" stands for a recording of nothing. NULL: `why` says what is wrong with it, and where. */
har_reader *har_open(const char *path, bytes *why);
void har_free(har_reader *r);

/* When the earliest exchange was begun, in microseconds since 1970; INT64_MIN: the file says it of none. */
int64_t har_begins(const har_reader *r);

/* The URL of the first exchange, masked as it is in the file; NULL: there is none. Stays with the reader. */
const char *har_first_url(const har_reader *r);

/*
 * Answers an exchange: from the first entry not yet used of the same method, path and query (host and scheme do not
 * count: a recording is replayed for any of them). Sets x->status, ended (it
 * takes as long as it took), headers (without Content-Encoding, Content-Length
 * and Transfer-Encoding, as the body is decoded) and body. Where there is no such entry: HTTP_REPLAY, with a message
 * that shows the request and the nearest entry, or how often it was recorded. Returns when the recorded
 * one ended, or INT64_MIN.
 */
int64_t har_answer(har_reader *r, http_exchange *x);

/* The same, and the entry stays for the next such exchange. */
void har_peek(har_reader *r, http_exchange *x);

#endif
