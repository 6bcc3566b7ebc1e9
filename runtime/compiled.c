#include "compiled.h"

#include <stdlib.h>
#include <string.h>

struct compiled {
  bytes name, code;
  compiled *next;
};

const bytes *compiled_find(const compiled *list, const char *name) {
  for (; list; list = list->next)
    if (strcmp(list->name.data, name) == 0) return &list->code;
  return NULL;
}

void compiled_keep(compiled **list, const char *name, bytes *code) {
  compiled *c = calloc(1, sizeof *c);
  if (!c || !bytes_text(&c->name, name)) {
    free(c);
    return;
  }
  c->code = *code;
  *code = (bytes){0};
  c->next = *list;
  *list = c;
}

void compiled_free(compiled *list) {
  while (list) {
    compiled *c = list;
    list = c->next;
    bytes_free(&c->name);
    bytes_free(&c->code);
    free(c);
  }
}
