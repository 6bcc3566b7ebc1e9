/*
 * Text of servers and scripts as a terminal may be given it: control characters, C1 codes, marks that turn the reading
 * direction, and bytes that are no UTF-8 are shown as escapes (\x1B, \u{202E}). Line breaks and tabs stay.
 */
#ifndef PERIGEE_PRINTABLE_H
#define PERIGEE_PRINTABLE_H

#include "base/bytes.h"

#include <stdio.h>

/* Appends the text. `painted`: colours, which our own painter adds (ESC [ N m), stay. False: memory is short. */
bool printable_append(bytes *out, const char *text, size_t length, bool painted);

/* Prints the text, without memory of its own. */
void printable_print(FILE *to, const char *text, size_t length);

/* Prints the text and a line break. */
void printable_line(FILE *to, const char *text);

#endif
