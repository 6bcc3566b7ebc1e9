#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void input_fail(const char *what, const char *file, int line) {
  fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
  abort();
}

unsigned input_choice(const uint8_t **data, size_t *size) {
  if (!*size) return 0;
  --*size;
  return *(*data)++;
}

void input_word(const uint8_t **data, size_t *size, bytes *out) {
  const uint8_t *end = *size ? memchr(*data, 0, *size) : NULL;
  size_t length = end ? (size_t)(end - *data) : *size;
  input_rest(*data, length, out);
  length += end != NULL;
  *data += length;
  *size -= length;
}

void input_rest(const uint8_t *data, size_t size, bytes *out) {
  bytes_clear(out);
  MUST(bytes_append(out, size ? (const char *)data : "", size));
}

void input_file_make(input_file *f) {
  f->descriptor = memfd_create("input", MFD_CLOEXEC);
  MUST(f->descriptor >= 0);
  (void)snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->descriptor);
}

void input_file_write(const input_file *f, const void *data, size_t length) {
  MUST(ftruncate(f->descriptor, 0) == 0 && lseek(f->descriptor, 0, SEEK_SET) == 0);
  MUST(write(f->descriptor, data, length) == (ssize_t)length);
}

void input_file_read(const input_file *f, bytes *out) {
  char buffer[16384];
  ssize_t n;
  bytes_clear(out);
  MUST(lseek(f->descriptor, 0, SEEK_SET) == 0);
  while ((n = read(f->descriptor, buffer, sizeof buffer)) > 0) MUST(bytes_append(out, buffer, (size_t)n));
  MUST(n == 0 && bytes_append(out, "", 0));
}
