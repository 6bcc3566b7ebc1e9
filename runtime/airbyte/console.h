/* The output of verbs for people: their text on standard output, logs and errors on standard error. */
#ifndef PERIGEE_CONSOLE_H
#define PERIGEE_CONSOLE_H

#include "airbyte/output.h"
#include "airbyte/sink.h"

#include <stdbool.h>

/* A sink that prints logs and errors as text on standard error, and nothing else. NULL: memory is short. */
sink *console_new(const secrets *store);

/* Prints a log line on standard error, as text; `level`: one of sink_levels. */
void console_print(const char *level, const char *message, size_t length);

/* Writes text for people at once, secrets masked, and printable (base/printable.h) but for colours. False: memory is
 * short, and nothing was written; what else failed stays in `out`. */
bool console_write(output *out, const secrets *store, const char *text, size_t length);

/* Is standard output a terminal? `columns`: its width, 80 where it has none. */
bool console_is_terminal(int *columns);

/* May it be coloured: a terminal that TERM says knows colours, and NO_COLOR is not set? */
bool console_has_colours(void);

#endif
