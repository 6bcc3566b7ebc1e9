#include "destination/columns.h"

#include "page/record.h"
#include "json/json_string.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SMALLEST 64
#define LONGEST_NUMBER 24

/* ---- names */

/* A table has such columns beside those of fields, or the database gives them a meaning. */
static bool is_ours(const char *name) {
  static const char *const names[] = {"_place", "_row", "_more", "rowid", "oid", "_rowid_"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcasecmp(name, names[i]) == 0) return true;
  return !*name;
}

static bool is_taken(const columns *c, const char *name) {
  for (size_t i = 0; i < c->count; i++)
    if (strcasecmp(c->list[i].name, name) == 0 || (c->list[i].beside && strcasecmp(c->list[i].beside, name) == 0))
      return true;
  for (const char *const *own = c->rules ? c->rules->reserved : NULL; own && *own; own++)
    if (strcasecmp(*own, name) == 0) return true;
  for (size_t at = 0; at < c->others.length; at += strlen(c->others.data + at) + 1)
    if (strcasecmp(c->others.data + at, name) == 0) return true;
  return is_ours(name);
}

/* How much of a name fits, before what stands behind it: no character is cut. */
static size_t fitting(const columns *c, const char *name, size_t behind) {
  size_t length = strlen(name), most = c->rules ? c->rules->longest : 0;
  if (!most || length + behind <= most) return length;
  for (length = most - behind; length && ((unsigned char)name[length] & 0xC0) == 0x80; length--) {
  }
  return length;
}

static void fold(char *name) {
  for (; *name; name++)
    if (*name >= 'A' && *name <= 'Z') *name = (char)(*name + ('a' - 'A'));
}

/* The field's own with this ending, or with a number behind that. NULL: memory is short. */
static char *make_name(const columns *c, const char *field, const char *ending) {
  size_t size = strlen(field) + strlen(ending) + LONGEST_NUMBER;
  char *name = malloc(size), number[LONGEST_NUMBER] = "";
  if (!name) return NULL;
  for (unsigned n = 2;; n++) {
    size_t kept = fitting(c, field, strlen(ending) + strlen(number));
    memcpy(name, field, kept);
    (void)snprintf(name + kept, size - kept, "%s%s", ending, number);
    if (c->rules && c->rules->is_folded) fold(name);
    if (!is_taken(c, name)) return name;
    (void)snprintf(number, sizeof number, "_%u", n);
  }
}

/* ---- the index */

static uint32_t hash(const char *p, size_t length) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)p[i]) * 16777619u;
  return h;
}

static void put(columns *c, size_t place) {
  const char *field = c->list[place].field;
  size_t i = hash(field, c->list[place].field_length) & (c->size - 1);
  while (c->slots[i]) i = (i + 1) & (c->size - 1);
  c->slots[i] = (uint32_t)place + 1;
}

static bool grow(columns *c) {
  size_t size = c->size ? c->size * 2 : SMALLEST;
  table_column *list = realloc(c->list, size / 2 * sizeof *list);
  if (list) c->list = list;
  uint32_t *slots = list ? calloc(size, sizeof *slots) : NULL;
  if (!slots) return false;
  free(c->slots);
  c->slots = slots;
  c->size = size;
  c->capacity = size / 2;
  for (size_t i = 0; i < c->count; i++) put(c, i);
  return true;
}

size_t columns_add(columns *c, const char *field, const char *name, unsigned kinds) {
  if (c->count == c->capacity && !grow(c)) return SIZE_MAX;
  table_column *new = &c->list[c->count];
  *new = (table_column){.field = strdup(field),
                        .field_length = strlen(field),
                        .name = name ? strdup(name) : make_name(c, field, ""),
                        .kinds = kinds};
  if (!new->field || !new->name) {
    free(new->field);
    free(new->name);
    return SIZE_MAX;
  }
  put(c, c->count);
  return c->count++;
}

bool columns_add_beside(columns *c, size_t column, const char *ending) {
  c->list[column].beside = make_name(c, c->list[column].name, ending);
  return c->list[column].beside != NULL;
}

bool columns_reserve(columns *c, const char *name) {
  return bytes_append(&c->others, name, strlen(name) + 1);
}

bool columns_are_full(const columns *c) {
  return c->count >= (c->rules ? c->rules->most : COLUMNS_MOST);
}

void columns_free(columns *c) {
  for (size_t i = 0; i < c->count; i++) {
    free(c->list[i].field);
    free(c->list[i].name);
    free(c->list[i].beside);
  }
  free(c->list);
  free(c->slots);
  bytes_free(&c->others);
  *c = (columns){.rules = c->rules};
}

/* ---- looking up */

static bool is_field(const table_column *of, const char *inside, size_t length) {
  return json_string_equal(inside, length, of->field, of->field_length);
}

/* A name with escapes has many spellings, so all columns are looked at. */
static size_t find_escaped(const columns *c, const char *inside, size_t length) {
  for (size_t i = 0; i < c->count; i++)
    if (is_field(&c->list[i], inside, length)) return i;
  return SIZE_MAX;
}

size_t columns_find(const columns *c, const char *inside, size_t length, size_t next) {
  if (next < c->count && is_field(&c->list[next], inside, length)) return next;
  if (memchr(inside, '\\', length)) return find_escaped(c, inside, length);
  if (!c->size) return SIZE_MAX;
  for (size_t i = hash(inside, length) & (c->size - 1); c->slots[i]; i = (i + 1) & (c->size - 1))
    if (is_field(&c->list[c->slots[i] - 1], inside, length)) return c->slots[i] - 1;
  return SIZE_MAX;
}

size_t columns_named(const columns *c, const char *field) {
  for (size_t i = 0; i < c->count; i++)
    if (strcmp(c->list[i].field, field) == 0) return i;
  return SIZE_MAX;
}

/* ---- kinds */

/* A number may be whole. */
static const struct {
  unsigned kinds;
  const char *word;
} words[] = {{COLUMN_TIME, "date-time"},  {RECORD_STRING, "string"},   {RECORD_NUMBER | RECORD_INTEGER, "number"},
             {RECORD_INTEGER, "integer"}, {RECORD_BOOLEAN, "boolean"}, {RECORD_ARRAY, "array"},
             {RECORD_OBJECT, "object"}};
#define WORDS (sizeof words / sizeof *words)

bool columns_describe(unsigned kinds, bytes *out) {
  size_t start = out->length;
  bool ok = true;
  for (size_t i = 0; ok && i < WORDS; i++) {
    if ((kinds & words[i].kinds) != words[i].kinds) continue;
    kinds &= ~words[i].kinds;
    ok = (out->length == start || bytes_text(out, " or ")) && bytes_text(out, words[i].word);
  }
  return ok && (out->length > start || bytes_text(out, "null"));
}

unsigned columns_kind(const char *inside, size_t length) {
  for (size_t i = 0; i < WORDS; i++)
    if (json_string_equal(inside, length, words[i].word, strlen(words[i].word))) return words[i].kinds;
  return 0;
}

unsigned columns_kinds(const char *text) {
  unsigned kinds = 0;
  while (*text) {
    size_t length = strcspn(text, " ");
    kinds |= columns_kind(text, length);
    text += length;
    text += strspn(text, " ");
  }
  return kinds;
}
