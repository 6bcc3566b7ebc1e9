#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
