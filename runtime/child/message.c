#include "child/message.h"

#include <string.h>

typedef uint32_t fields_length;
#define PREFIX (sizeof(fields_length) + 1) /* the length, and the type */

message_writer message_begin(bytes *to, message_type type) {
  message_writer w = {.to = to, .start = to->length, .ok = true};
  char prefix[PREFIX] = {0};
  prefix[PREFIX - 1] = (char)type;
  w.ok = bytes_append(to, prefix, PREFIX);
  return w;
}

void message_number(message_writer *w, int64_t number) {
  w->ok = w->ok && bytes_append(w->to, &number, sizeof number);
}

void message_data(message_writer *w, const void *data, size_t length) {
  message_number(w, (int64_t)length);
  w->ok = w->ok && bytes_append(w->to, data, length);
}

void message_bytes(message_writer *w, const bytes *data) {
  message_data(w, data->data, data->length);
}

bool message_end(message_writer *w) {
  size_t length = w->to->length - w->start;
  w->ok = w->ok && length >= PREFIX && length - PREFIX <= UINT32_MAX;
  if (w->ok) {
    fields_length written = (fields_length)(length - PREFIX);
    memcpy(w->to->data + w->start, &written, sizeof written);
  } else if (w->to->data) {
    w->to->length = w->start;
  }
  return w->ok;
}

message_found message_next(const bytes *from, size_t *at, size_t max, message_reader *r) {
  fields_length length;
  if (from->length - *at < PREFIX) return MESSAGE_NONE;
  memcpy(&length, from->data + *at, sizeof length);
  if (length > max) return MESSAGE_WRONG;
  if (from->length - *at - PREFIX < length) return MESSAGE_NONE;
  *r = (message_reader){.type = from->data[*at + PREFIX - 1], .at = from->data + *at + PREFIX, .ok = true};
  r->end = r->at + length;
  *at += PREFIX + length;
  return MESSAGE_WHOLE;
}

int64_t message_take_number(message_reader *r) {
  int64_t number = 0;
  if ((size_t)(r->end - r->at) < sizeof number) r->ok = false;
  if (!r->ok) return 0;
  memcpy(&number, r->at, sizeof number);
  r->at += sizeof number;
  return number;
}

const char *message_take_data(message_reader *r, size_t *length) {
  int64_t written = message_take_number(r);
  if (written < 0 || written > r->end - r->at) r->ok = false;
  *length = r->ok ? (size_t)written : 0;
  const char *data = r->at;
  r->at += *length;
  return data;
}

bool message_take_text(message_reader *r, bytes *text) {
  size_t length;
  const char *data = message_take_data(r, &length);
  r->ok = r->ok && !memchr(data, 0, length) && bytes_append(text, data, length);
  return r->ok;
}
