/* A line that a person types at the terminal. */
#ifndef PERIGEE_ASK_H
#define PERIGEE_ASK_H

#include "base/bytes.h"

typedef enum ask_state {
  ASK_LINE,
  ASK_NO_TERMINAL, /* standard input is none */
  ASK_ENDED,       /* it ended, or a signal is to end the process */
  ASK_NO_MEMORY
} ask_state;

/*
 * Prints the prompt on standard error, and appends the line that is typed, without its break and the blanks around it.
 * `hidden`: what is typed is not shown.
 */
ask_state ask_line(const char *prompt, bool hidden, bytes *line);

#endif
