/* A line editor on the terminal, by libedit: keys, history across sessions, completion. */
#ifndef PERIGEE_EDITOR_H
#define PERIGEE_EDITOR_H

#include "base/bytes.h"

typedef struct editor editor;

/*
 * What TAB does: given the line up to the cursor, appends to `insert` what is to follow there, and to `show` what is to
 * be seen below it (lines), where several things may follow.
 */
typedef void (*editor_complete)(void *user, const char *before, size_t length, bytes *insert, bytes *show);

/* `history`: a file, or NULL: none is kept. NULL: memory is short, or the terminal cannot be used. */
editor *editor_new(const char *history);
void editor_free(editor *e); /* NULL is allowed */

typedef enum editor_code {
  EDITOR_LINE,
  EDITOR_INTERRUPTED, /* Ctrl-C, which is taken; the line is what had been typed */
  EDITOR_END          /* Ctrl-D, the terminal has gone, or a signal is to end the process */
} editor_code;

/* Waits for a line, which is appended without its break. Memory that is short ends it. */
editor_code editor_line(editor *e, const char *prompt, editor_complete complete, void *user, bytes *line);

/* Adds a line to the history, and writes its file (mode 0600). */
void editor_remember(editor *e, const char *line);

/* The file of the history: perigee/history in $XDG_STATE_HOME or ~/.local/state; its folders are made. False: there is
 * no such place. */
bool editor_history_file(bytes *path);

#endif
