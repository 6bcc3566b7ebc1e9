#include "secrets/stand_ins.h"

#include "base/digest.h"
#include "secrets/masked_values.h"
#include "secrets/secret_forms.h"
#include "json/json_string.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 8
#define SURE 16  /* bytes, from which on nothing is there by chance */
#define ESCAPE 6 /* bytes of the longest */

typedef struct pair {
  bytes value, stand_in, name;
} pair;

struct stand_ins {
  pair *pairs;
  size_t count, capacity, longest;
  masked_values *values, *stand_ins;
  size_t secrets; /* of the configuration; with the last that came since, what they were made of */
  uint64_t last;
};

bool stand_ins_leave_out(const char *value, size_t length) {
  size_t digits = 0;
  for (size_t i = 0; i < length; i++) digits += isdigit((unsigned char)value[i]) != 0;
  return length < SHORTEST || (length < SURE && (!digits || digits == length));
}

void stand_ins_free(stand_ins *s) {
  if (!s) return;
  for (size_t i = 0; i < s->count; i++) {
    bytes_wipe(&s->pairs[i].value);
    bytes_free(&s->pairs[i].stand_in);
    bytes_free(&s->pairs[i].name);
  }
  free(s->pairs);
  masked_values_free(s->values);
  masked_values_free(s->stand_ins);
  free(s);
}

/* ---- making them */

/* Characters that take each other's place. Those of a line have the same kind of second digit in an escape. */
static const char *const kinds[] = {"123456789", "abcdefghipqrstuvwxy", "jklmnoz", "ABCDEFGHIPQRSTUVWXY", "JKLMNOZ"};

static char disguised(char c, unsigned char by) {
  for (size_t i = 0; c && i < sizeof kinds / sizeof *kinds; i++)
    if (strchr(kinds[i], c)) return kinds[i][by % strlen(kinds[i])];
  return c;
}

/* One of a secret's forms: its stand-in follows from the value and the form's position. */
static bool disguise(const bytes *secret, size_t position, const char *form, size_t length, bytes *out) {
  unsigned char sum[DIGEST_SHA256_SIZE];
  char said[64];
  bool ok = bytes_append(out, form, length);
  for (size_t at = 0; ok && at < length; at++) {
    if (at % sizeof sum == 0) {
      int n = snprintf(said, sizeof said, "stand-in %zu %zu", position, at);
      ok = digest_hmac(secret->data, secret->length, said, (size_t)n, sum);
    }
    if (ok) out->data[at] = disguised(form[at], sum[at % sizeof sum]);
  }
  return ok;
}

typedef struct making {
  stand_ins *to;
  const bytes *secret;
  const char *name;
  size_t name_length, position;
} making;

static bool is_known(const stand_ins *s, const char *form, size_t length) {
  if (!length) return true; /* nothing stands everywhere */
  for (size_t i = 0; i < s->count; i++)
    if (s->pairs[i].value.length == length && !memcmp(s->pairs[i].value.data, form, length)) return true;
  return false;
}

static bool add_pair(making *m, const char *form, size_t length, const bytes *stand_in) {
  stand_ins *s = m->to;
  if (s->count == s->capacity) {
    pair *more = realloc(s->pairs, (s->capacity * 2 + 16) * sizeof *more);
    if (!more) return false;
    s->pairs = more;
    s->capacity = s->capacity * 2 + 16;
  }
  uint32_t id = (uint32_t)s->count;
  pair *p = &s->pairs[s->count++];
  *p = (pair){0};
  if (length > s->longest) s->longest = length;
  return bytes_append(&p->value, form, length) && bytes_append(&p->stand_in, stand_in->data, stand_in->length) &&
         bytes_append(&p->name, m->name, m->name_length) && masked_values_add(s->values, form, length, id) &&
         masked_values_add(s->stand_ins, stand_in->data, stand_in->length, id);
}

/* ---- as formats have it: of these the stand-in is spelled the same way, for a child reads both alike */

static bool spell(const bytes *from, const char *const *spellings, bytes *to) {
  bool ok = true;
  for (size_t i = 0; ok && i < from->length; i++) {
    const char *const *one = spellings;
    while (*one && **one != from->data[i]) one++;
    ok = *one ? bytes_text(to, *one + 1) : bytes_append(to, from->data + i, 1);
  }
  return ok;
}

static bool as_xml(const bytes *from, bytes *to) {
  static const char *const spellings[] = {"&&amp;", "<&lt;", ">&gt;", NULL};
  return spell(from, spellings, to);
}

static bool as_xml_attribute(const bytes *from, bytes *to) {
  static const char *const spellings[] = {"&&amp;", "<&lt;", ">&gt;", "\"&quot;", "'&apos;", NULL};
  return spell(from, spellings, to);
}

static bool as_csv(const bytes *from, bytes *to) {
  static const char *const spellings[] = {"\"\"\"", NULL};
  return spell(from, spellings, to);
}

/* What has no character in ISO 8859-1 stays as it is. */
static bool as_latin(const bytes *from, bytes *to) {
  bool ok = true;
  for (size_t i = 0; ok && i < from->length; i++) {
    unsigned char c = (unsigned char)from->data[i];
    if ((c == 0xC2 || c == 0xC3) && i + 1 < from->length) c = (unsigned char)(c << 6 | (from->data[++i] & 0x3F));
    ok = bytes_append(to, &c, 1);
  }
  return ok;
}

/* Of ASCII alone. */
static bool as_utf16(const bytes *from, bytes *to) {
  bool ok = true;
  for (size_t i = 0; ok && i < from->length; i++) ok = bytes_append(to, (char[2]){from->data[i], 0}, 2);
  return ok;
}

static bool as_big_utf16(const bytes *from, bytes *to) {
  bool ok = true;
  for (size_t i = 0; ok && i < from->length; i++) ok = bytes_append(to, (char[2]){0, from->data[i]}, 2);
  return ok;
}

static bool add_spelled(making *m, const bytes *stand_in) {
  static bool (*const all[])(const bytes *from, bytes *to) = {as_xml,   as_xml_attribute, as_csv,
                                                              as_latin, as_utf16,         as_big_utf16};
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof all / sizeof *all; i++) {
    bytes value = {0}, other = {0};
    ok = all[i](m->secret, &value) && all[i](stand_in, &other) &&
         (is_known(m->to, value.data, value.length) || add_pair(m, value.data, value.length, &other));
    bytes_wipe(&value);
    bytes_free(&other);
  }
  return ok;
}

static bool add_form(void *user, const char *form, size_t length) {
  making *m = user;
  size_t position = m->position++;
  if (is_known(m->to, form, length)) return true;
  bytes stand_in = {0};
  bool ok = disguise(m->secret, position, form, length, &stand_in) && add_pair(m, form, length, &stand_in);
  if (ok && position == 0) ok = add_spelled(m, &stand_in);
  bytes_free(&stand_in);
  return ok;
}

static bool add_secret(stand_ins *s, const char *name, size_t length, const bytes *value) {
  making m = {.to = s, .secret = value, .name = name, .name_length = length};
  return stand_ins_leave_out(value->data, value->length) || secret_forms_each(value, add_form, &m);
}

static bool add_all(stand_ins *s, const secrets *of) {
  const char *name, *called, *handle;
  size_t length;
  bool ok = true;
  for (; ok && (handle = secrets_at(of, s->secrets, &called)); s->secrets++) {
    const char *value = secrets_value(of, handle);
    bytes copy = {.data = (char *)(uintptr_t)value, .length = strlen(value)};
    name = secrets_name_in(handle, &length);
    ok = add_secret(s, name, length, &copy);
  }
  for (const bytes *value; ok && (value = secrets_learned(of, &s->last, &name));)
    ok = add_secret(s, name, strlen(name), value);
  return ok;
}

bool stand_ins_renew(stand_ins **old, const secrets *of) {
  const char *name;
  uint64_t last = *old ? (*old)->last : 0;
  if (*old && !secrets_at(of, (*old)->secrets, &name) && !secrets_learned(of, &last, &name)) return true;
  stand_ins *s = calloc(1, sizeof *s);
  bool ok = s && (s->values = masked_values_new()) && (s->stand_ins = masked_values_new()) && add_all(s, of);
  stand_ins_free(ok ? *old : s);
  if (ok) *old = s;
  return ok;
}

/* ---- exchanging them */

static json_escape read_character(const char *text, size_t length, bool spelled) {
  return spelled ? json_spelled_read(text, length) : (json_escape){.taken = 1, .size = 1, .utf8 = {*text}};
}

/* How long a form is where it stands at the start of a text; 0: it does not stand there. */
static size_t spelled_length(const char *text, size_t length, const bytes *form, bool spelled) {
  size_t at = 0;
  for (size_t i = 0; i < form->length;) {
    if (at == length) return 0;
    json_escape read = read_character(text + at, length - at, spelled);
    if (read.size > form->length - i || memcmp(read.utf8, form->data + i, read.size) != 0) return 0;
    i += read.size;
    at += read.taken;
  }
  return at;
}

/* In an escape the last two digits are the character's, and the second is a letter for both or neither. */
static void write_character(char *text, size_t taken, char to) {
  static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
  if (taken == 1) {
    *text = to;
    return;
  }
  const char *digits = islower((unsigned char)text[taken - 1]) ? lower : upper;
  text[taken - 2] = digits[(unsigned char)to >> 4];
  text[taken - 1] = digits[(unsigned char)to & 15];
}

static void write_over(char *text, size_t length, const bytes *from, const bytes *to, bool spelled) {
  for (size_t at = 0, i = 0; at < length && i < from->length;) {
    json_escape read = read_character(text + at, length - at, spelled);
    if (from->data[i] != to->data[i]) write_character(text + at, read.taken, to->data[i]);
    i += read.size;
    at += read.taken;
  }
}

static size_t exchange(const stand_ins *s, masked_values *find, bool back, char *text, size_t length, bool spelled) {
  size_t count = 0;
  masked_place place;
  for (masked_search search = masked_values_search(find, text, length, spelled); masked_values_next(&search, &place);) {
    const pair *p = &s->pairs[place.id];
    const bytes *from = back ? &p->stand_in : &p->value, *to = back ? &p->value : &p->stand_in;
    size_t at = place.start, end = place.start + place.length, taken = 0;
    while (at < end && !(taken = spelled_length(text + at, end - at, from, spelled))) at++;
    write_over(text + at, taken, from, to, spelled);
    count++;
  }
  return count;
}

static size_t exchange_all(const stand_ins *s, masked_values *find, bool back, char *text, size_t length) {
  if (!s->count) return 0;
  size_t count = exchange(s, find, back, text, length, false);
  return masked_values_may_be_spelled(text, length) ? count + exchange(s, find, back, text, length, true) : count;
}

size_t stand_ins_put(const stand_ins *s, char *text, size_t length) {
  return exchange_all(s, s->values, false, text, length);
}

size_t stand_ins_restore(const stand_ins *s, char *text, size_t length) {
  return exchange_all(s, s->stand_ins, true, text, length);
}

const bytes *stand_ins_at(const stand_ins *s, size_t at, const char **name, size_t *name_length) {
  if (at >= s->count) return NULL;
  *name = s->pairs[at].name.data;
  *name_length = s->pairs[at].name.length;
  return &s->pairs[at].stand_in;
}

size_t stand_ins_longest(const stand_ins *s) {
  return s->longest * ESCAPE;
}
