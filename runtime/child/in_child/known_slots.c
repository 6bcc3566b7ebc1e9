#include "child/in_child/known_slots.h"

#include "child/message.h"

#include <stdlib.h>
#include <string.h>

typedef struct endpoint {
  bytes name;
  int64_t available, max;
  struct endpoint *next;
} endpoint;

struct known_slots {
  endpoint *list;
  size_t count;
};

known_slots *known_slots_new(void) {
  return calloc(1, sizeof(known_slots));
}

static endpoint *find(const known_slots *s, const char *name, size_t length) {
  for (endpoint *e = s->list; e; e = e->next)
    if (e->name.length == length && memcmp(e->name.data, name, length) == 0) return e;
  return NULL;
}

static endpoint *add(known_slots *s, const bytes *name) {
  endpoint *e = s->count < MESSAGE_MAX_ENDPOINTS ? calloc(1, sizeof *e) : NULL;
  if (!e || !bytes_append(&e->name, name->data, name->length)) {
    free(e);
    return NULL;
  }
  e->next = s->list;
  s->list = e;
  s->count++;
  return e;
}

void known_slots_clear(known_slots *s) {
  for (endpoint *e = s->list, *next; e; e = next) {
    next = e->next;
    bytes_free(&e->name);
    free(e);
  }
  *s = (known_slots){0};
}

void known_slots_set(known_slots *s, const bytes *name, int64_t available, int64_t max) {
  if (!name->length || name->length > MESSAGE_LONGEST_ENDPOINT) return;
  endpoint *e = find(s, name->data, name->length);
  if (!e) e = add(s, name);
  if (!e) return;
  e->available = available;
  e->max = max;
}

void known_slots_take(known_slots *s, const bytes *name) {
  endpoint *e = name->length ? find(s, name->data, name->length) : NULL;
  if (e) e->available--;
}

unsigned known_slots_available(const known_slots *s, const char *name, unsigned *max) {
  const endpoint *e = find(s, name, strlen(name));
  *max = e && e->max > 0 ? (unsigned)e->max : 1;
  return e && e->available > 0 ? (unsigned)e->available : 0;
}
