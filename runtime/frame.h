/*
 * What parent and child say to each other: frames of a type and some fields, each a number or a run of bytes. Lengths
 * are checked: the child's end of the line may be in the hands of a script that broke its interpreter.
 */
#ifndef PERIGEE_FRAME_H
#define PERIGEE_FRAME_H

#include "bytes.h"

#include <stdint.h>

/* Endpoints that a child may name are kept for the whole run: so many of them, and names of so many bytes. */
#define FRAME_MOST_ENDPOINTS 200
#define FRAME_LONGEST_ENDPOINT 500

/* Numbers stand for themselves; D: data, T: text. */
typedef enum frame_type {
  FRAME_ASK = 'a', /* a request: id, early?, now, method T, url T, endpoint T, payload D, headers T name: value ... */
  FRAME_FORGET = 'f', /* id: its answer is no longer wanted */
  FRAME_GRANT = 'g',  /* hosts T ... that the script names */
  FRAME_LIMITS = 'l', /* url T, names of headers T ... (quota.h) */
  FRAME_BEAT = 'b',   /* nothing: it is alive, and waits */
  FRAME_RESULT = 'r', /* failed?, then for each result 1 and D, or 0 */
  FRAME_HEAD = 'H',   /* id, status, url T, headers D: the body is on its way */
  FRAME_ANSWER = 'A' /* id, code, message T, status, version, redirects, ms, room, most (pace_room), now, url T, headers
                        D, body D */
} frame_type;

/* A frame under way at the end of `to`; `ok` turns false when memory is short. */
typedef struct frame_writer {
  bytes *to;
  size_t start;
  bool ok;
} frame_writer;

frame_writer frame_begin(bytes *to, char type);
void frame_number(frame_writer *w, int64_t number);
void frame_data(frame_writer *w, const void *data, size_t length);
void frame_bytes(frame_writer *w, const bytes *data);

/* False: memory was short, or the frame is larger than 4 GiB; nothing of it is in `to` then. */
bool frame_end(frame_writer *w);

/* Reads the fields of one frame; `ok` turns false when one is not there. */
typedef struct frame_reader {
  char type;
  const char *at, *end;
  bool ok;
} frame_reader;

typedef enum frame_found { FRAME_NONE, FRAME_WHOLE, FRAME_WRONG } frame_found;

/* The first whole frame from `*at` on, which then moves behind it. WRONG: larger than `most`. */
frame_found frame_next(const bytes *from, size_t *at, size_t most, frame_reader *r);
int64_t frame_take_number(frame_reader *r);
const char *frame_take_data(frame_reader *r, size_t *length); /* points into the frame */

/* The same as a text with a zero byte behind it, appended. False: not there, a zero byte in it, or memory is short. */
bool frame_take_text(frame_reader *r, bytes *text);

#endif
