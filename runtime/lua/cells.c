#include "lua/cells.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RUN_SIZE ((size_t)8 << 10)

struct cells_run {
  struct cells_run *next;
  char room[];
};

/* The address sanitizer sees a block's end only where malloc made it. */
#ifdef PERIGEE_SANITIZED
static const size_t largest = 0;
#else
static const size_t largest = CELLS_LARGEST;
#endif

static bool is_cell(size_t size) {
  return size > 0 && size <= largest;
}

static size_t kind_of(size_t size) {
  return (size - 1) / CELLS_STEP;
}

static void give_back(cells *c, void *cell, size_t size) {
  void **list = &c->free[kind_of(size)];
  memcpy(cell, list, sizeof *list);
  *list = cell;
}

static bool begin_run(cells *c) {
  size_t left = (size_t)(c->end - c->at);
  struct cells_run *run = malloc(RUN_SIZE);
  if (!run) return false;
  if (left) give_back(c, c->at, left);
  *run = (struct cells_run){.next = c->runs};
  c->runs = run;
  c->at = run->room;
  c->end = (char *)run + RUN_SIZE;
  return true;
}

static void *take(cells *c, size_t size) {
  void **list = &c->free[kind_of(size)], *cell = *list;
  if (cell) {
    memcpy(list, cell, sizeof *list);
    return cell;
  }
  size_t rounded = (kind_of(size) + 1) * CELLS_STEP;
  if ((size_t)(c->end - c->at) < rounded && !begin_run(c)) return NULL;
  cell = c->at;
  c->at += rounded;
  return cell;
}

static void *move(cells *c, void *old, size_t old_size, size_t size) {
  void *block = is_cell(size) ? take(c, size) : malloc(size);
  if (!block) return NULL;
  if (old_size) memcpy(block, old, old_size < size ? old_size : size);
  cells_resize(c, old, old_size, 0);
  return block;
}

void *cells_resize(cells *c, void *old, size_t old_size, size_t size) {
  bool was_cell = is_cell(old_size);
  if (size == 0) {
    if (was_cell)
      give_back(c, old, old_size);
    else
      free(old);
    return NULL;
  }
  if (!was_cell && !is_cell(size)) return realloc(old, size);
  if (was_cell && is_cell(size) && kind_of(old_size) == kind_of(size)) return old;
  return move(c, old, old_size, size);
}

void cells_free(cells *c) {
  while (c->runs) {
    struct cells_run *run = c->runs;
    c->runs = run->next;
    free(run);
  }
}
