#include "formats/xml_document.h"

#include "base/charset.h"
#include "formats/libexpat.h"
#include "json/json_value.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An element that has ended: its name and its JSON, in the bytes of those that are done. */
typedef struct element {
  size_t name, name_length, value, value_length;
  size_t next; /* the next of this name in the same element; 0: none */
  size_t last; /* of the first of a name: the last one so far */
  bool first;
} element;

/* An element that is open. */
typedef struct frame {
  size_t done;     /* bytes of those done, and … */
  size_t children; /* … of elements, before its own */
  bytes attributes, text;
} frame;

typedef struct document {
  const libexpat *lib;
  libexpat_parser parser;
  frame frames[XML_DEEPEST];
  size_t depth;
  bytes done, made;
  element *list;
  size_t count, capacity;
  char why[XML_WHY];
} document;

static void stop(document *d, const char *why) {
  if (!d->why[0]) (void)snprintf(d->why, sizeof d->why, "%s", why);
  d->lib->stop(d->parser, 0);
}

static void need(document *d, bool done) {
  if (!done) stop(d, "memory is short");
}

/* ---- what is refused */

static void on_entity(void *with, const char *name, int is_parameter, const char *value, int length, const char *base,
                      const char *system, const char *public, const char *notation) {
  (void)name, (void)is_parameter, (void)value, (void)length, (void)base, (void)system, (void)public, (void)notation;
  stop(with, "the document declares an entity; such documents are not read");
}

static void on_skipped(void *with, const char *name, int is_parameter) {
  (void)name, (void)is_parameter;
  stop(with, "the document uses an entity that is declared elsewhere, which is not read");
}

/* ---- elements */

static void on_start(void *with, const char *name, const char **attributes) {
  (void)name;
  document *d = with;
  if (d->depth == XML_DEEPEST) return stop(d, "elements are nested too deep");
  frame *f = &d->frames[d->depth++];
  f->done = d->done.length;
  f->children = d->count;
  bytes_clear(&f->attributes);
  bytes_clear(&f->text);
  for (; *attributes; attributes += 2) {
    bytes at = {0};
    need(d, bytes_text(&at, "@") && bytes_text(&at, attributes[0]) &&
                bytes_text(&f->attributes, f->attributes.length ? "," : "") &&
                json_quote(&f->attributes, at.data, at.length) && bytes_text(&f->attributes, ":") &&
                json_quote(&f->attributes, attributes[1], strlen(attributes[1])));
    bytes_free(&at);
  }
}

static void on_text(void *with, const char *text, int length) {
  document *d = with;
  if (d->depth) need(d, bytes_append(&d->frames[d->depth - 1].text, text, (size_t)length));
}

static bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void trim(const bytes *text, const char **from, size_t *length) {
  const char *start = text->length ? text->data : "", *end = start + text->length;
  while (start < end && is_blank(*start)) start++;
  while (end > start && is_blank(end[-1])) end--;
  *from = start;
  *length = (size_t)(end - start);
}

static bool append_value(document *d, const element *e) {
  return bytes_append(&d->made, d->done.data + e->value, e->value_length);
}

/* The elements of one name, where the first of them stood. */
static bool append_named(document *d, const element *e, bool more) {
  bool several = e->next != 0;
  bool ok = bytes_text(&d->made, more ? "," : "") && json_quote(&d->made, d->done.data + e->name, e->name_length) &&
            bytes_text(&d->made, several ? ":[" : ":") && append_value(d, e);
  while (ok && e->next) {
    e = &d->list[e->next];
    ok = bytes_text(&d->made, ",") && append_value(d, e);
  }
  return ok && bytes_text(&d->made, several ? "]" : "");
}

static bool append_text(document *d, const char *text, size_t length, bool more) {
  return bytes_text(&d->made, more ? ",\"#text\":" : "\"#text\":") && json_quote(&d->made, text, length);
}

/* The element that ends, as JSON, in d->made. */
static bool make(document *d, const frame *f) {
  const char *text;
  size_t length;
  trim(&f->text, &text, &length);
  bool more = f->attributes.length > 0, is_object = more || d->count > f->children;
  bytes_clear(&d->made);
  if (!is_object) return length ? json_quote(&d->made, text, length) : bytes_text(&d->made, "null");
  bool ok = bytes_text(&d->made, "{") && (!more || bytes_append(&d->made, f->attributes.data, f->attributes.length));
  for (size_t i = f->children; ok && i < d->count; i++) {
    if (!d->list[i].first) continue;
    ok = append_named(d, &d->list[i], more);
    more = true;
  }
  ok = ok && (!length || append_text(d, text, length, more));
  return ok && bytes_text(&d->made, "}");
}

static element *new_element(document *d) {
  if (d->count == XML_MOST) return stop(d, "there are more than a million elements in one"), NULL;
  if (d->count == d->capacity) {
    size_t capacity = d->capacity ? d->capacity * 2 : 256;
    element *list = realloc(d->list, capacity * sizeof *list);
    if (!list) return NULL;
    d->list = list;
    d->capacity = capacity;
  }
  d->list[d->count] = (element){0};
  return &d->list[d->count++];
}

static bool is_named(const document *d, const element *e, const char *name, size_t length) {
  return e->name_length == length && memcmp(d->done.data + e->name, name, length) == 0;
}

/* Joins the last element to the first of its name in the same element; most follow one of their own. */
static void join(document *d, size_t from, const char *name, size_t length) {
  size_t at = d->count - 1, names = 0;
  d->list[at].first = true;
  d->list[at].last = at;
  for (size_t i = from; i < at; i++) {
    if (!d->list[i].first) continue;
    if (++names > XML_MOST_NAMES) return stop(d, "an element holds elements of more than 1,000 names");
    if (!is_named(d, &d->list[i], name, length)) continue;
    d->list[d->list[i].last].next = at;
    d->list[i].last = at;
    d->list[at].first = false;
    return;
  }
}

static void on_end(void *with, const char *name) {
  document *d = with;
  if (d->why[0]) return;
  frame *f = &d->frames[--d->depth];
  size_t length = strlen(name);
  if (!make(d, f)) return need(d, false);
  d->count = f->children;
  d->done.length = f->done;
  element *e = new_element(d);
  if (!e) return need(d, false);
  *e = (element){.name = f->done, .name_length = length, .value = f->done + length, .value_length = d->made.length};
  need(d, bytes_append(&d->done, name, length) && bytes_append(&d->done, d->made.data, d->made.length));
  join(d, d->depth ? d->frames[d->depth - 1].children : 0, name, length);
}

/* ---- the whole */

/* Of those that Expat does not know by itself. */
static int on_encoding(void *with, const char *name, libexpat_encoding *e) {
  (void)with;
  if (charset_named(name, strlen(name)) != CHARSET_LATIN) return 0;
  for (int i = 0; i < 256; i++) e->map[i] = (int)charset_latin((unsigned char)i);
  return 1;
}

static void parse(document *d, const bytes *text) {
  const libexpat *lib = d->lib;
  lib->set_with(d->parser, d);
  lib->set_elements(d->parser, on_start, on_end);
  lib->set_text(d->parser, on_text);
  lib->set_entities(d->parser, on_entity);
  lib->set_skipped(d->parser, on_skipped);
  lib->set_encodings(d->parser, on_encoding, NULL);
  if (text->length > INT_MAX) return stop(d, "the document is too large");
  if (lib->parse(d->parser, text->data ? text->data : "", (int)text->length, 1) == LIBEXPAT_OK || d->why[0]) return;
  (void)snprintf(d->why, sizeof d->why, "byte %ld: %s", lib->offset(d->parser) + 1,
                 lib->error_text(lib->error(d->parser)));
}

static void free_document(document *d) {
  if (!d) return;
  if (d->parser) d->lib->free(d->parser);
  for (size_t i = 0; i < XML_DEEPEST; i++) bytes_free(&d->frames[i].attributes), bytes_free(&d->frames[i].text);
  bytes_free(&d->done);
  bytes_free(&d->made);
  free(d->list);
  free(d);
}

bool xml_document(const bytes *text, bytes *json, char *why) {
  const libexpat *lib = libexpat_load();
  document *d = lib ? calloc(1, sizeof *d) : NULL;
  bool ok = d && (d->lib = lib, d->parser = lib->create(NULL)) != NULL;
  (void)snprintf(why, XML_WHY, "%s",
                 lib ? "memory is short"
                     : "XML is read by Expat, which is not there (libexpat.so.1); Debian "
                       "has it in the package libexpat1");
  if (ok) parse(d, text);
  if (ok && d->why[0]) (void)snprintf(why, XML_WHY, "%s", d->why), ok = false;
  bytes_clear(json);
  ok = ok && d->count == 1 && bytes_text(json, "{") &&
       json_quote(json, d->done.data + d->list[0].name, d->list[0].name_length) && bytes_text(json, ":") &&
       bytes_append(json, d->done.data + d->list[0].value, d->list[0].value_length) && bytes_text(json, "}");
  free_document(d);
  return ok;
}
