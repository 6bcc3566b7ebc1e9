#include "base/ask.h"

#include "base/input.h"
#include "base/signals.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PIECE 4096

/* Reads up to a line's break; a terminal gives a line at a time. */
static ask_state read_line(bytes *line) {
  while (!line->length || !memchr(line->data, '\n', line->length)) {
    if (signals_pending()) return ASK_ENDED;
    input_state state = input_read(STDIN_FILENO, PIECE, line);
    if (state == INPUT_FAILED) return ASK_NO_MEMORY;
    if (state == INPUT_ENDED) return ASK_ENDED;
  }
  return ASK_LINE;
}

static void trim(bytes *line) {
  size_t start = strspn(line->data, " \t\r\n");
  bytes_drop_front(line, start, SIZE_MAX);
  while (line->length && strchr(" \t\r\n", line->data[line->length - 1])) line->data[--line->length] = 0;
}

ask_state ask_line(const char *prompt, bool hidden, bytes *line) {
  struct termios before, silent;
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0) return ASK_NO_TERMINAL;
  silent = before;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  if (hidden) tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent); /* before somebody can type */
  fputs(prompt, stderr);
  ask_state state = read_line(line);
  if (hidden) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  if (hidden || state != ASK_LINE) fputc('\n', stderr);
  if (state == ASK_LINE) trim(line);
  return state;
}
