#include "secrets/learned_values.h"

#include "secrets/secret_handle.h"

#include <string.h>

static void clear(learned_value *one) {
  bytes_free(&one->name);
  bytes_free(&one->handle);
  bytes_wipe(&one->value);
  *one = (learned_value){0};
}

void learned_values_free(learned_values *l) {
  for (size_t i = 0; i < LEARNED_MOST; i++) clear(&l->items[i]);
}

bool learned_values_has(const learned_values *l, const char *name, const char *value, size_t length) {
  for (size_t i = 0; i < LEARNED_MOST; i++) {
    const learned_value *one = &l->items[i];
    if (one->number && strcmp(one->name.data, name) == 0 && one->value.length == length &&
        memcmp(one->value.data, value, length) == 0)
      return true;
  }
  return false;
}

/* The oldest of a name (NULL: of all), and how many it has. */
static learned_value *oldest(learned_values *l, const char *name, size_t *count) {
  learned_value *found = NULL;
  *count = 0;
  for (size_t i = 0; i < LEARNED_MOST; i++) {
    learned_value *one = &l->items[i];
    if (!one->number || (name && strcmp(one->name.data, name) != 0)) continue;
    ++*count;
    if (!found || one->number < found->number) found = one;
  }
  return found;
}

static learned_value *place_for(learned_values *l, const char *name) {
  size_t count;
  learned_value *old = oldest(l, name, &count);
  if (count >= LEARNED_KEPT) return old;
  for (size_t i = 0; i < LEARNED_MOST; i++)
    if (!l->items[i].number) return &l->items[i];
  return oldest(l, NULL, &count);
}

/* Asterisks are what recordings put in a secret's place, and no secret. */
bool learned_values_add(learned_values *l, const char *name, const char *value, size_t length) {
  size_t asterisks = 0;
  while (asterisks < length && value[asterisks] == '*') asterisks++;
  if (asterisks == length) return true;
  learned_value *one = place_for(l, name);
  clear(one);
  bool ok = bytes_text(&one->name, name) && bytes_printf(&one->handle, SECRET_HANDLE "%s>", name) &&
            bytes_append(&one->value, value, length);
  if (ok) one->number = ++l->last;
  if (!ok) clear(one);
  return ok;
}

const bytes *learned_values_next(const learned_values *l, uint64_t *number, const char **name) {
  const learned_value *found = NULL;
  for (size_t i = 0; i < LEARNED_MOST; i++) {
    const learned_value *one = &l->items[i];
    if (one->number > *number && (!found || one->number < found->number)) found = one;
  }
  if (!found) return NULL;
  *number = found->number;
  *name = found->name.data;
  return &found->value;
}
