/*
 * Scripts of our own, compiled once in this process: every stream has a Lua state of its own, and would compile the
 * same files again. In memory only; bytecode of a file is never loaded, for it could crash the interpreter.
 */
#ifndef PERIGEE_COMPILED_H
#define PERIGEE_COMPILED_H

#include "bytes.h"

typedef struct compiled compiled;

/* The bytecode of a script, owned by the list; NULL: it was not compiled yet. */
const bytes *compiled_find(const compiled *list, const char *name);

/* Keeps it, and takes what is in `code`. Where memory is short it does not: the script is compiled again. */
void compiled_keep(compiled **list, const char *name, bytes *code);
void compiled_free(compiled *list);

#endif
