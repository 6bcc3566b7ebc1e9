/* A request or a response as the members of an HTTP Archive's entry, written with its secrets masked. */
#ifndef PERIGEE_HAR_MESSAGE_H
#define PERIGEE_HAR_MESSAGE_H

#include "har/file.h"
#include "har/redact.h"
#include "http/http_exchange.h"

/* Where a message goes, and what must not go there. Both outlive it. A failure is the file's. */
typedef struct har_message {
  har_file *file;
  har_redact *redact;
} har_message;

/*
 * `,"request":{…}` and `,"response":{…}`, with all members that HTTP Archive 1.2 requires. The exchange stays as it is.
 * A body that is not UTF-8 is put in base64. The second returns how many secrets were masked in the body.
 */
void har_message_put_request(har_message m, const http_exchange *x);
size_t har_message_put_response(har_message m, const http_exchange *x);

/* Puts a text as a JSON string, masked, after what comes `before` it. */
void har_message_put_text(har_message m, const char *before, const char *text, size_t length);

#endif
