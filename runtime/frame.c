#include "frame.h"

#include <string.h>

typedef uint32_t frame_length;
#define HEAD (sizeof(frame_length) + 1)

frame_writer frame_begin(bytes *to, char type) {
  frame_writer w = {.to = to, .start = to->length, .ok = true};
  char head[HEAD] = {0};
  head[HEAD - 1] = type;
  w.ok = bytes_append(to, head, HEAD);
  return w;
}

void frame_number(frame_writer *w, int64_t number) {
  w->ok = w->ok && bytes_append(w->to, &number, sizeof number);
}

void frame_data(frame_writer *w, const void *data, size_t length) {
  frame_number(w, (int64_t)length);
  w->ok = w->ok && bytes_append(w->to, data, length);
}

void frame_bytes(frame_writer *w, const bytes *data) {
  frame_data(w, data->data, data->length);
}

bool frame_end(frame_writer *w) {
  size_t length = w->to->length - w->start;
  w->ok = w->ok && length >= HEAD && length - HEAD <= UINT32_MAX;
  if (w->ok) {
    frame_length told = (frame_length)(length - HEAD);
    memcpy(w->to->data + w->start, &told, sizeof told);
  } else if (w->to->data) {
    w->to->length = w->start;
  }
  return w->ok;
}

frame_found frame_next(const bytes *from, size_t *at, size_t most, frame_reader *r) {
  frame_length length;
  if (from->length - *at < HEAD) return FRAME_NONE;
  memcpy(&length, from->data + *at, sizeof length);
  if (length > most) return FRAME_WRONG;
  if (from->length - *at - HEAD < length) return FRAME_NONE;
  *r = (frame_reader){.type = from->data[*at + HEAD - 1], .at = from->data + *at + HEAD, .ok = true};
  r->end = r->at + length;
  *at += HEAD + length;
  return FRAME_WHOLE;
}

int64_t frame_take_number(frame_reader *r) {
  int64_t number = 0;
  if ((size_t)(r->end - r->at) < sizeof number) r->ok = false;
  if (!r->ok) return 0;
  memcpy(&number, r->at, sizeof number);
  r->at += sizeof number;
  return number;
}

const char *frame_take_data(frame_reader *r, size_t *length) {
  int64_t told = frame_take_number(r);
  if (told < 0 || told > r->end - r->at) r->ok = false;
  *length = r->ok ? (size_t)told : 0;
  const char *data = r->at;
  r->at += *length;
  return data;
}

bool frame_take_text(frame_reader *r, bytes *text) {
  size_t length;
  const char *data = frame_take_data(r, &length);
  r->ok = r->ok && !memchr(data, 0, length) && bytes_append(text, data, length);
  return r->ok;
}
