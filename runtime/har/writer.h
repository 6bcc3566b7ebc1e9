/* An HTTP Archive 1.2 file that exchanges are written to. Secrets are masked first; bodies are kept decoded. */
#ifndef PERIGEE_HAR_WRITER_H
#define PERIGEE_HAR_WRITER_H

#include "base/bytes.h"
#include "har/redact.h"
#include "http/http_exchange.h"

#include <stdbool.h>

typedef struct har_writer har_writer;

/*
 * Starts a file (mode 0600), complete and valid after every entry, so that a process that is killed leaves one that
 * opens. NULL: `why` says what the system said. `redact` outlives it. `version` is perigee's. Freed by
 * har_writer_close.
 */
har_writer *har_writer_open(const char *path, har_redact *redact, const char *version, bytes *why);

/*
 * Adds a finished exchange, failed ones too, with its secrets masked (har/redact.h); the entry's comment says so.
 * Returns false, and goes on returning it, when the file cannot be written (har_writer_close tells why).
 */
bool har_writer_write(har_writer *w, const http_exchange *x);

/* Closes the file; NULL is allowed. False: something was not written; `why` says what. */
bool har_writer_close(har_writer *w, bytes *why);

#endif
