/* A growable run of bytes, always followed by BYTES_PADDING zero bytes, so that a scanner may read ahead. */
#ifndef PERIGEE_BYTES_H
#define PERIGEE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#define BYTES_PADDING 64

/* Owned by whoever declares it; {0} is empty and valid. `capacity` excludes the padding. */
typedef struct bytes {
  char *data;
  size_t length;
  size_t capacity;
} bytes;

/* All that grow return false when memory is short, leaving what was there. Up to 64 KiB, no copy of it stays behind. */
bool bytes_reserve(bytes *b, size_t capacity);
bool bytes_append(bytes *b, const void *data, size_t length);
bool bytes_text(bytes *b, const char *text);
bool bytes_printf(bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Counts what was written behind the end, into space that bytes_reserve made. */
void bytes_added(bytes *b, size_t length);

/* Takes the first `count` bytes away. Where none are left, at most `keep` bytes of memory stay. */
void bytes_drop_front(bytes *b, size_t count, size_t keep);

/* Empties it and keeps its memory. */
void bytes_clear(bytes *b);

/* Frees it; may be called again. bytes_wipe overwrites first: for texts that held a secret. */
void bytes_free(bytes *b);
void bytes_wipe(bytes *b);

#endif
