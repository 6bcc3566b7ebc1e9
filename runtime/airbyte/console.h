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

/*
 * Lines on standard error that stay below all that is printed there, and are drawn anew in their place: `text` has a
 * line break behind each, and may have colours (ESC [ N m). What does not fit is cut. Nothing is drawn where standard
 * error is no terminal, or one that cannot move its cursor (TERM is dumb).
 */
void console_draw(const bytes *text);
bool console_can_draw(void);
size_t console_most_lines(void); /* that fit */

/* Takes these lines away; whoever prints by other means than this module's does so before. */
void console_clear(void);

/* Is standard output a terminal? `columns`: its width, 80 where it has none. */
bool console_is_terminal(int *columns);

/* May it be coloured: a terminal that TERM says knows colours, and NO_COLOR is not set? */
bool console_has_colours(void);

#endif
