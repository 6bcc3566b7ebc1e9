#include "base/bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64                    /* the first allocation, without the padding */
#define COPIED_MOST ((size_t)64 << 10) /* what is larger is moved by realloc, in place where it can be */

static void pad(bytes *b) {
  memset(b->data + b->length, 0, BYTES_PADDING);
}

/* Doubling keeps many small appends linear in time. */
static size_t grown(size_t capacity, size_t wanted) {
  size_t doubled = capacity > SIZE_MAX / 2 ? wanted : capacity * 2;
  size_t larger = doubled > wanted ? doubled : wanted;
  return larger > SMALLEST ? larger : SMALLEST;
}

/* It may hold a secret: no copy stays behind where it grows, as realloc would leave one. */
static char *moved(const bytes *b, size_t size) {
  char *data = malloc(size);
  if (data == NULL || b->data == NULL) return data;
  memcpy(data, b->data, b->length);
  explicit_bzero(b->data, b->capacity + BYTES_PADDING);
  free(b->data);
  return data;
}

bool bytes_reserve(bytes *b, size_t capacity) {
  if (b->data != NULL && capacity <= b->capacity) return true;
  size_t size = grown(b->capacity, capacity);
  if (size > PTRDIFF_MAX - BYTES_PADDING) return false;
  bool is_small = b->capacity <= COPIED_MOST;
  char *data = is_small ? moved(b, size + BYTES_PADDING) : realloc(b->data, size + BYTES_PADDING);
  if (data == NULL) return false;
  b->data = data;
  b->capacity = size;
  pad(b);
  return true;
}

static bool reserve_more(bytes *b, size_t length) {
  return length <= SIZE_MAX - b->length && bytes_reserve(b, b->length + length);
}

bool bytes_append(bytes *b, const void *data, size_t length) {
  if (!reserve_more(b, length)) return false;
  if (length > 0) memcpy(b->data + b->length, data, length);
  b->length += length;
  pad(b);
  return true;
}

void bytes_added(bytes *b, size_t length) {
  b->length += length;
  pad(b);
}

bool bytes_text(bytes *b, const char *text) {
  return bytes_append(b, text, strlen(text));
}

bool bytes_printf(bytes *b, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0 || !reserve_more(b, (size_t)length)) return false;
  va_start(arguments, format);
  /* The terminating zero falls into the padding. */
  int written = vsnprintf(b->data + b->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  if (written == length) b->length += (size_t)length;
  pad(b);
  return written == length;
}

void bytes_drop_front(bytes *b, size_t count, size_t keep) {
  if (!count) return;
  memmove(b->data, b->data + count, b->length - count);
  b->length -= count;
  if (!b->length && b->capacity > keep)
    bytes_free(b);
  else
    pad(b);
}

void bytes_clear(bytes *b) {
  b->length = 0;
  if (b->data != NULL) pad(b);
}

void bytes_free(bytes *b) {
  free(b->data);
  *b = (bytes){0};
}

void bytes_wipe(bytes *b) {
  if (b->data != NULL) explicit_bzero(b->data, b->capacity + BYTES_PADDING);
  bytes_free(b);
}
