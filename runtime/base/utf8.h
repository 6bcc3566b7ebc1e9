/* Characters of UTF-8 (RFC 3629). */
#ifndef PERIGEE_UTF8_H
#define PERIGEE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The size of the character at `text`, of which at least one byte is available, and its code; 0: it is no UTF-8. */
size_t utf8_read(const char *text, size_t available, uint32_t *code);

/* Writes the character of a code, which is no surrogate; returns its size. */
size_t utf8_write(uint32_t code, char out[4]);

#endif
