/* An HTTP Archive file that requests are answered from instead of a network. */
#ifndef PERIGEE_HAR_READER_H
#define PERIGEE_HAR_READER_H

#include "base/bytes.h"
#include "http/http_exchange.h"

#include <stdint.h>

typedef struct har_reader har_reader;

/* Reads a file whole; "" stands for a recording of nothing. NULL: `why` says what is wrong with it, and where. */
har_reader *har_reader_open(const char *path, bytes *why);
/* The same of a text. */
har_reader *har_reader_of(const char *text, size_t length, bytes *why);

void har_reader_free(har_reader *r);

/* When the earliest exchange was begun, in microseconds since 1970; INT64_MIN: the file says it of none. */
int64_t har_reader_begins(const har_reader *r);

/* The URL of the first exchange, masked as it is in the file; NULL: there is none. Stays with the reader. */
const char *har_reader_first_url(const har_reader *r);

/*
 * Responds from the first entry not yet used of the same method, path and query (host and scheme do not count: a
 * recording is replayed for any of them). Sets x->status, ended (it takes as long as it took), headers (without
 * Content-Encoding, Content-Length and Transfer-Encoding, as the body is decoded) and body. Where there is no such
 * entry: HTTP_REPLAY, with a message that shows the request and the nearest entry, or how often it was recorded.
 * Returns when the recorded one ended, in microseconds since 1970, or INT64_MIN.
 */
int64_t har_reader_respond(har_reader *r, http_exchange *x);

/* The same, and the entry stays for the next such exchange. */
void har_reader_peek(har_reader *r, http_exchange *x);

#endif
