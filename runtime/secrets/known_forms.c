#include "secrets/known_forms.h"

#include "secrets/secret_handle.h"

#include <stdlib.h>

bool known_forms_add(known_forms *k, const char *name, const char *form, size_t length) {
  known_form *more = realloc(k->items, (k->count + 1) * sizeof *more);
  if (!more) return false;
  k->items = more;
  known_form *one = &k->items[k->count++];
  *one = (known_form){0};
  return bytes_printf(&one->handle, SECRET_HANDLE "%s>", name) && bytes_append(&one->form, form, length);
}

bool known_forms_list(const known_forms *k, masked_values *to, uint32_t first) {
  bool ok = true;
  for (size_t i = 0; ok && i < k->count; i++)
    ok = masked_values_add(to, k->items[i].form.data, k->items[i].form.length, first + (uint32_t)i);
  return ok;
}

void known_forms_free(known_forms *k) {
  for (size_t i = 0; i < k->count; i++) {
    bytes_free(&k->items[i].handle);
    bytes_free(&k->items[i].form);
  }
  free(k->items);
  *k = (known_forms){0};
}
