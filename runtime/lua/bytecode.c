#include "lua/bytecode.h"

#include <stdlib.h>
#include <string.h>

struct bytecode {
  bytes name, code;
  bytecode *next;
};

const bytes *bytecode_find(const bytecode *list, const char *name) {
  for (; list; list = list->next)
    if (strcmp(list->name.data, name) == 0) return &list->code;
  return NULL;
}

void bytecode_keep(bytecode **list, const char *name, const bytes *code) {
  bytecode *c = calloc(1, sizeof *c);
  if (!c || !bytes_text(&c->name, name) || !bytes_append(&c->code, code->data, code->length)) {
    bytecode_free(&c);
    return;
  }
  c->next = *list;
  *list = c;
}

void bytecode_each(const bytecode *list, void (*take)(void *to, const bytes *name, const bytes *code), void *to) {
  for (; list; list = list->next) take(to, &list->name, &list->code);
}

void bytecode_free(bytecode **list) {
  while (*list) {
    bytecode *c = *list;
    *list = c->next;
    bytes_free(&c->name);
    bytes_free(&c->code);
    free(c);
  }
}
