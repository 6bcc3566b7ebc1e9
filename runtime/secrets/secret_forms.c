#include "secrets/secret_forms.h"

#include "base/base64.h"
#include "base/url.h"
#include "json/json_string.h"

#include <ctype.h>
#include <string.h>

#define SHORTEST_ENCODED 8

static void exchange(bytes *text, char from, char to) {
  for (size_t i = 0; i < text->length; i++)
    if (text->data[i] == from) text->data[i] = to;
}

/* Who is given each form. */
typedef struct taker {
  secret_form_taker *take;
  void *user;
} taker;

/* False: memory is short. The copy is given away and dropped. */
static bool add(const taker *to, bytes *form, bool made) {
  bool ok = made && to->take(to->user, form->data, form->length);
  bytes_wipe(form);
  return ok;
}

static bool add_with_plus(const taker *to, const bytes *value) {
  bytes form = {0};
  bool made = bytes_append(&form, value->data, value->length);
  if (made) exchange(&form, ' ', '+');
  return add(to, &form, made);
}

/* RFC 3986, with hexadecimal digits of either case. */
static bool add_percent(const taker *to, const bytes *value, bool lower) {
  bytes form = {0};
  bool made = bytes_reserve(&form, value->length * 3 + 1) && /* so that no copy of a part stays behind */
              url_encode(value->data, value->length, &form);
  for (size_t at = 0; made && lower && at + 2 < form.length; at++)
    if (form.data[at] == '%') {
      form.data[at + 1] = (char)tolower((unsigned char)form.data[at + 1]);
      form.data[at + 2] = (char)tolower((unsigned char)form.data[at + 2]);
    }
  return add(to, &form, made);
}

static bool add_hex(const taker *to, const bytes *value, const char digits[16]) {
  bytes form = {0};
  bool made = bytes_reserve(&form, value->length * 2 + 1);
  for (size_t at = 0; made && at < value->length; at++) {
    unsigned char byte = (unsigned char)value->data[at];
    made = bytes_append(&form, (char[2]){digits[byte >> 4], digits[byte & 15]}, 2);
  }
  return add(to, &form, made);
}

/* By characters, as languages reverse text. */
static bool add_reversed(const taker *to, const bytes *value) {
  bytes form = {0};
  bool made = bytes_append(&form, value->data, value->length);
  for (size_t at = 0, size; made && at < value->length; at += size) {
    size = json_utf8_size(value->data + at, value->length - at);
    if (!size) size = 1;
    memcpy(form.data + (value->length - at - size), value->data + at, size);
  }
  return add(to, &form, made);
}

/* With `before` bytes in front of it, whose digits are left out, as are those that what follows decides. */
static bool add_base64(const taker *to, const bytes *value, size_t before, bool url) {
  bytes plain = {0}, form = {0};
  bool made = bytes_append(&plain, "\0\0", before) && bytes_append(&plain, value->data, value->length) &&
              base64_encode(plain.data, plain.length, &form);
  size_t first = (before * 4 + 2) / 3, last = plain.length * 4 / 3;
  bytes_wipe(&plain);
  if (made && url) {
    exchange(&form, '+', '-');
    exchange(&form, '/', '_');
  }
  bool ok = made && to->take(to->user, form.data + first, last - first);
  bytes_wipe(&form);
  return ok;
}

bool secret_forms_each(const bytes *value, secret_form_taker *take, void *user) {
  const taker to = {take, user};
  if (!take(user, value->data, value->length) || !add_with_plus(&to, value) || !add_percent(&to, value, false) ||
      !add_percent(&to, value, true))
    return false;
  if (value->length < SHORTEST_ENCODED) return true;
  bool ok =
      add_reversed(&to, value) && add_hex(&to, value, "0123456789abcdef") && add_hex(&to, value, "0123456789ABCDEF");
  for (size_t before = 0; ok && before < 3; before++)
    ok = add_base64(&to, value, before, false) && add_base64(&to, value, before, true);
  return ok;
}

typedef struct adding {
  masked_values *to;
  uint32_t id;
} adding;

static bool add_masked(void *user, const char *form, size_t length) {
  const adding *a = user;
  return masked_values_add(a->to, form, length, a->id);
}

bool secret_forms_add(masked_values *to, const bytes *value, uint32_t id) {
  return secret_forms_each(value, add_masked, &(adding){to, id});
}
