/* What verbs for people print: their text on standard output, and what others would log on standard error. */
#ifndef PERIGEE_CONSOLE_H
#define PERIGEE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Takes protocol lines (an output_sink; airbyte.h): logs and errors are told as text, everything else is left out. */
bool console_tell(void *user, const char *lines, size_t length);

/* May standard output be coloured: a terminal, and NO_COLOR is not set? `columns`: its width, 80 where it has none. */
bool console_is_terminal(int *columns);

#endif
