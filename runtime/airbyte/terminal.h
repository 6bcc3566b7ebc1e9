/* A person at a terminal, while the lines of a sink go elsewhere: sees its errors and warnings, at the end a table. */
#ifndef PERIGEE_TERMINAL_H
#define PERIGEE_TERMINAL_H

#include "airbyte/sink.h"

#include <stdbool.h>

typedef struct terminal terminal;

/*
 * Watches `source`, which outlives it. `table`: terminal_free prints a table of its streams. NULL, on which
 * terminal_free does nothing: standard error is no terminal, standard output is one and shows all, or memory is short.
 */
terminal *terminal_new(sink *source, bool table);
void terminal_free(terminal *t);

#endif
