/*
 * What parent and child say to each other: frames of a type and some fields, each a number or a run of bytes. Lengths
 * are checked: the child's end of the line may be in the hands of a script that broke its interpreter.
 */
#ifndef PERIGEE_MESSAGE_H
#define PERIGEE_MESSAGE_H

#include "base/bytes.h"

#include <stdint.h>

/* Endpoints that a child may name are kept for the whole run: so many of them, and names of so many bytes. */
#define MESSAGE_MOST_ENDPOINTS 200
#define MESSAGE_LONGEST_ENDPOINT 500

/* Numbers stand for themselves; D: data, T: text. */
typedef enum message_type {
  MESSAGE_ASK = 'a', /* a request: id, early?, now, method T, url T, endpoint T, payload D, headers T name: value ... */
  MESSAGE_FORGET = 'f', /* id: its answer is no longer wanted */
  MESSAGE_GRANT = 'g',  /* hosts T ... that the script names */
  MESSAGE_LIMITS = 'l', /* url T, names of headers T ... (rate_headers.h) */
  MESSAGE_BEAT = 'b',   /* nothing: it is alive, and waits */
  MESSAGE_RESULT = 'r', /* failed?, then for each result 1 and D, or 0 */
  MESSAGE_HEAD = 'H',   /* id, status, url T, headers D: the body is on its way */
  MESSAGE_ANSWER = 'A' /* id, code, message T, status, version, redirects, ms, room, most (scheduler_slots), now, url T,
                        headers D, body D */
} message_type;

/* A frame under way at the end of `to`; `ok` turns false when memory is short. */
typedef struct message_writer {
  bytes *to;
  size_t start;
  bool ok;
} message_writer;

message_writer message_begin(bytes *to, char type);
void message_number(message_writer *w, int64_t number);
void message_data(message_writer *w, const void *data, size_t length);
void message_bytes(message_writer *w, const bytes *data);

/* False: memory was short, or the frame is larger than 4 GiB; nothing of it is in `to` then. */
bool message_end(message_writer *w);

/* Reads the fields of one frame; `ok` turns false when one is not there. */
typedef struct message_reader {
  char type;
  const char *at, *end;
  bool ok;
} message_reader;

typedef enum message_found { MESSAGE_NONE, MESSAGE_WHOLE, MESSAGE_WRONG } message_found;

/* The first whole frame from `*at` on, which then moves behind it. WRONG: larger than `most`. */
message_found message_next(const bytes *from, size_t *at, size_t most, message_reader *r);
int64_t message_take_number(message_reader *r);
const char *message_take_data(message_reader *r, size_t *length); /* points into the frame */

/* The same as a text with a zero byte behind it, appended. False: not there, a zero byte in it, or memory is short. */
bool message_take_text(message_reader *r, bytes *text);

#endif
