/*
 * The small blocks of one Lua state, without the 8 bytes and the rounding that malloc adds to each: a state has over
 * ten thousand of them. Lua says how large the block is that it gives back (lua_Alloc, Lua 5.4 manual, 4.6), so no
 * block needs a note of it. What was given back serves the next block of that size, and goes back to malloc with the
 * state.
 */
#ifndef PERIGEE_CELLS_H
#define PERIGEE_CELLS_H

#include <stddef.h>

#define CELLS_LARGEST ((size_t)256) /* bytes; larger blocks are malloc's */
#define CELLS_STEP ((size_t)8)

struct cells_run;

/* {0} is empty and valid. */
typedef struct cells {
  void *free[CELLS_LARGEST / CELLS_STEP]; /* by size: the first of a list that goes through the blocks themselves */
  struct cells_run *runs;                 /* malloc'ed: what blocks are cut from */
  char *at, *end;                         /* what is left of the newest */
} cells;

/*
 * Gives `old`, of `old_size` bytes (NULL and 0: none), the new size; 0 frees it. NULL: it was freed, or memory is short
 * and the old block stays as it is. Blocks are aligned to 8 bytes, as Lua's own values are.
 */
void *cells_resize(cells *c, void *old, size_t old_size, size_t size);

/* Frees all small blocks; the others are freed by cells_resize alone. */
void cells_free(cells *c);

#endif
