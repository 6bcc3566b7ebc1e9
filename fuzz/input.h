/* What targets share: libFuzzer's bytes as texts and files of ours. */
#ifndef PERIGEE_FUZZ_INPUT_H
#define PERIGEE_FUZZ_INPUT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer calls it with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process where something does not hold; libFuzzer then keeps the input. */
#define MUST(holds) ((holds) ? (void)0 : input_fail(#holds, __FILE__, __LINE__))
_Noreturn void input_fail(const char *what, const char *file, int line);

/* The next byte of the input, which chooses what a target does; 0 where there is none. */
unsigned input_choice(const uint8_t **data, size_t *size);

/* The input up to a zero byte or its end, as a text of C, in place of what `out` held. */
void input_word(const uint8_t **data, size_t *size, bytes *out);

/* The rest of it. */
void input_rest(const uint8_t *data, size_t size, bytes *out);

/* A file of this process alone, for what reads by a path. */
typedef struct input_file {
  int descriptor;
  char path[40];
} input_file;

void input_file_make(input_file *f);
void input_file_write(const input_file *f, const void *data, size_t length); /* in place of what it held */
void input_file_read(const input_file *f, bytes *out);

#endif
