#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALLEST 64           /* the first allocation, without the padding */
#define READ_AHEAD (64 << 10) /* room made for each read of a file whose size is not known */

static void pad(bytes *b) {
  memset(b->data + b->length, 0, BYTES_PADDING);
}

/* Doubling keeps many small appends linear in time. */
static size_t grown(size_t capacity, size_t wanted) {
  size_t doubled = capacity > SIZE_MAX / 2 ? wanted : capacity * 2;
  size_t larger = doubled > wanted ? doubled : wanted;
  return larger > SMALLEST ? larger : SMALLEST;
}

bool bytes_reserve(bytes *b, size_t capacity) {
  if (b->data != NULL && capacity <= b->capacity) return true;
  size_t size = grown(b->capacity, capacity);
  if (size > PTRDIFF_MAX - BYTES_PADDING) return false;
  char *data = realloc(b->data, size + BYTES_PADDING);
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

static const char *explain(int error) {
  switch (error) {
  case ENOENT: return "no such file";
  case EISDIR: return "is a folder";
  case EACCES: return "permission denied";
  default: return strerror(error);
  }
}

/* The size that fstat tells is only a hint: a pipe has none, and a file may grow while it is read. */
static const char *read_all(bytes *b, int file, size_t limit) {
  struct stat status;
  if (fstat(file, &status) != 0) return explain(errno);
  if (S_ISDIR(status.st_mode)) return explain(EISDIR);
  size_t room = READ_AHEAD;
  if (S_ISREG(status.st_mode)) {
    if ((uintmax_t)status.st_size > limit) return "is larger than the limit";
    room = (size_t)status.st_size + 1;
  }
  for (;;) {
    if (b->length == b->capacity && !reserve_more(b, room)) return "out of memory";
    ssize_t got = read(file, b->data + b->length, b->capacity - b->length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return explain(errno);
    if (got == 0) return NULL;
    b->length += (size_t)got;
    if (b->length > limit) return "is larger than the limit";
  }
}

const char *bytes_read_file(bytes *b, const char *path, size_t limit) {
  bytes_clear(b);
  bool standard_input = strcmp(path, "-") == 0;
  int file = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return explain(errno);
  const char *failure = read_all(b, file, limit);
  if (!standard_input) close(file);
  if (failure != NULL) b->length = 0;
  if (b->data != NULL) pad(b);
  return failure;
}

const char *bytes_write_file(const char *path, const void *data, size_t length) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int error = file < 0 ? errno : 0;
  for (size_t at = 0; !error && at < length;) {
    ssize_t n = write(file, (const char *)data + at, length - at);
    if (n > 0) at += (size_t)n;
    if (n < 0 && errno != EINTR) error = errno;
  }
  if (file >= 0 && close(file) != 0 && !error) error = errno;
  return error ? explain(error) : NULL;
}

void bytes_drop_front(bytes *b, size_t count, size_t most) {
  if (!count) return;
  memmove(b->data, b->data + count, b->length - count);
  b->length -= count;
  if (!b->length && b->capacity > most)
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
