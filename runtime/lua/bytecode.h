/*
 * Scripts of our own, compiled once in this process: every stream has a Lua state of its own, and would compile the
 * same files again. In memory only; bytecode of a file is never loaded, for it could crash the interpreter.
 */
#ifndef PERIGEE_BYTECODE_H
#define PERIGEE_BYTECODE_H

#include "base/bytes.h"

typedef struct bytecode bytecode;

/* The bytecode of a script, owned by the list; NULL: it was not compiled yet. */
const bytes *bytecode_find(const bytecode *list, const char *name);

/* Keeps a copy, without the room to grow that `code` has. Where memory is short it does not: the script is compiled
 * again. */
void bytecode_keep(bytecode **list, const char *name, const bytes *code);

/* Calls `take` with each. */
void bytecode_each(const bytecode *list, void (*take)(void *to, const bytes *name, const bytes *code), void *to);

/* Frees all, and may be called again: what is required from then on is compiled, and kept, anew. */
void bytecode_free(bytecode **list);

#endif
