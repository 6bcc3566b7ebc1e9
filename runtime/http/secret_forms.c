#include "http/secret_forms.h"

#include "base/base64.h"
#include "json/json_string.h"

#include <string.h>

#define SHORTEST_ENCODED 8

static void exchange(bytes *text, char from, char to) {
  for (size_t i = 0; i < text->length; i++)
    if (text->data[i] == from) text->data[i] = to;
}

/* False: memory is short. The copy is added and dropped. */
static bool add(masked_values *to, bytes *form, bool made, uint32_t id) {
  bool ok = made && masked_values_add(to, form->data, form->length, id);
  bytes_wipe(form);
  return ok;
}

static bool add_with_plus(masked_values *to, const bytes *value, uint32_t id) {
  bytes form = {0};
  bool made = bytes_append(&form, value->data, value->length);
  if (made) exchange(&form, ' ', '+');
  return add(to, &form, made, id);
}

/* By characters, as languages reverse text. */
static bool add_reversed(masked_values *to, const bytes *value, uint32_t id) {
  bytes form = {0};
  bool made = bytes_append(&form, value->data, value->length);
  for (size_t at = 0, size; made && at < value->length; at += size) {
    size = json_utf8_size(value->data + at, value->length - at);
    if (!size) size = 1;
    memcpy(form.data + (value->length - at - size), value->data + at, size);
  }
  return add(to, &form, made, id);
}

/* With `before` bytes in front of it, whose digits are left out, as are those that what follows decides. */
static bool add_base64(masked_values *to, const bytes *value, size_t before, bool url, uint32_t id) {
  bytes plain = {0}, form = {0};
  bool made = bytes_append(&plain, "\0\0", before) && bytes_append(&plain, value->data, value->length) &&
              base64_encode(plain.data, plain.length, &form);
  size_t first = (before * 4 + 2) / 3, last = plain.length * 4 / 3;
  bytes_wipe(&plain);
  if (made && url) {
    exchange(&form, '+', '-');
    exchange(&form, '/', '_');
  }
  bool ok = made && masked_values_add(to, form.data + first, last - first, id);
  bytes_wipe(&form);
  return ok;
}

bool secret_forms_add(masked_values *to, const bytes *value, uint32_t id) {
  if (!masked_values_add(to, value->data, value->length, id) || !add_with_plus(to, value, id)) return false;
  if (value->length < SHORTEST_ENCODED) return true;
  bool ok = add_reversed(to, value, id);
  for (size_t before = 0; ok && before < 3; before++)
    ok = add_base64(to, value, before, false, id) && add_base64(to, value, before, true, id);
  return ok;
}
