/*
 * Messages between a child process and its parent: a type and its fields, each a number or a run of bytes. A message is
 * a length (4 bytes, of the fields alone), the type (1 byte), and the fields: a number is 8 bytes, data its length as a
 * number and then the bytes. Byte order is the machine's: both ends are one program, forked.
 *
 * Lengths are checked: the child's end may be in the hands of a script that broke its interpreter.
 */
#ifndef PERIGEE_MESSAGE_H
#define PERIGEE_MESSAGE_H

#include "base/bytes.h"

#include <stdint.h>

/* Endpoints that a child names are kept for the whole run: so many of them, and names of so many bytes. */
#define MESSAGE_MAX_ENDPOINTS 200
#define MESSAGE_LONGEST_ENDPOINT 500

/* Of a request: a MESSAGE_HEADERS is wanted; libcurl is not to send it twice by itself; its body may come in
 * MESSAGE_PARTs. */
enum { MESSAGE_EARLY = 1, MESSAGE_ONCE = 2, MESSAGE_STREAMED = 4, MESSAGE_FRAMED = 8 };

/*
 * Each type's fields, in order: a number unless it says `text` (data without a zero byte) or `data`; "…": any number of
 * them, to the message's end. A flag is 0 or 1; `now` is the sender's time, in microseconds, which matters on a replay.
 * An id is the child's, above 0, and never used again.
 */
typedef enum message_type {
  /* From the child to its parent. */
  MESSAGE_REQUEST = 'q', /* id; MESSAGE_EARLY and its like added up; now; method text; URL text;
                            endpoint text; auth text (auth/auth_places.h); payload data; header lines text…, as "name:
                            value" */
  MESSAGE_CANCEL = 'c',  /* id: the request's response is no longer wanted */
  MESSAGE_TOOK = 't',    /* id; how many more bytes of its parts were taken: as many may follow */
  MESSAGE_GRANT = 'g',   /* hosts text… that the script names: once, before its first request */
  MESSAGE_METHODS = 'm', /* methods text… that it names, by which it may change things: the same */
  MESSAGE_LIMITS = 'l', /* URL text of a host; names of its rate-limit headers, text × RATE_HEADERS (rate_headers.h) */
  MESSAGE_FILE = 'f',   /* kind; name text; stream text (lua/script_file.h): it waits for its content */
  MESSAGE_HMAC = 'h',   /* a secret's handle text, the key; what to digest data: it waits for its digest */
  MESSAGE_HEARTBEAT = 'b', /* nothing: it is alive and waits */
  MESSAGE_RESULT = 'r',    /* flag: the script raised; for each value it returned: 1 and data, or 0 (no string) */
  MESSAGE_READY = 'y',     /* nothing: all of its job is gone, and it waits for another; its last message until then */

  /* From the parent to its child. */
  MESSAGE_BEGIN = 'B',   /* data: what its process is to be (child_main_beginning); once, before all else */
  MESSAGE_JOB = 'J',     /* then, and whenever it is ready: script text; beside text, or an empty one; argument data */
  MESSAGE_CONTENT = 'F', /* found; flag: it is a user's own; path text; why not text; content data: of a MESSAGE_FILE */
  MESSAGE_DIGEST = 'D',  /* found; digest data, or an empty one: of a MESSAGE_HMAC */
  MESSAGE_SECRET = 'S',  /* name text; value data: of a secret that has no stand-in, to be masked in what follows */
  MESSAGE_STANDINS = 'I', /* (name text; data)…: what stands for secrets in what follows; in place of those before */
  MESSAGE_HEADERS = 'H',  /* id; status; URL text; header lines data: the body is still to come */
  MESSAGE_PART = 'P',     /* id; bytes of the body that came so far; data: the next bytes of it, without gzip;
                             MESSAGE_RESPONSE ends it */
  MESSAGE_RESPONSE = 'R'  /* id; http_code; error message text; status; HTTP version; redirects; logins made for it; ms;
                             available slots of the endpoint, and its max (scheduler_slots); now; URL text; header lines
                             data; bytes of the body that came; body data */
} message_type;

/* A message under way at the end of `to`; `ok` turns false when memory is short. */
typedef struct message_writer {
  bytes *to;
  size_t start;
  bool ok;
} message_writer;

message_writer message_begin(bytes *to, message_type type);
void message_number(message_writer *w, int64_t number);
void message_data(message_writer *w, const void *data, size_t length);
void message_bytes(message_writer *w, const bytes *data);

/* False: memory was short, or the message is larger than 4 GiB; nothing of it is in `to` then. */
bool message_end(message_writer *w);

/* Reads the fields of one message; `ok` turns false when one is not there. */
typedef struct message_reader {
  char type; /* a message_type, or any other byte */
  const char *at, *end;
  bool ok;
} message_reader;

typedef enum message_found { MESSAGE_NONE, MESSAGE_WHOLE, MESSAGE_WRONG } message_found;

/* The first whole message from `*at` on, which then moves behind it. WRONG: larger than `max` bytes. */
message_found message_next(const bytes *from, size_t *at, size_t max, message_reader *r);
int64_t message_take_number(message_reader *r);
const char *message_take_data(message_reader *r, size_t *length); /* points into the message */

/* The same as a text with a zero byte behind it, appended. False: not there, a zero byte in it, or memory is short. */
bool message_take_text(message_reader *r, bytes *text);

#endif
