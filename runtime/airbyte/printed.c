#include "airbyte/printed.h"

#include "airbyte/line.h"
#include "base/files.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

#define ENOUGH 32 /* bytes of a line that tell what it is */

/* ---- lines */

/* Its type, with the quote behind it, and with the blank that some connectors write; NULL: it is no message. */
static const char *type_of(const bytes *line) {
  static const char *const beginnings[] = {"{\"type\":\"", "{\"type\": \""};
  static const char *const types[] = {"STATE\"", "RECORD\"", "LOG\"", "TRACE\"", "CONTROL\"", "CATALOG\"", "SPEC\""};
  for (size_t i = 0; line->data && i < sizeof beginnings / sizeof *beginnings; i++) {
    const char *type = line->data + strlen(beginnings[i]);
    if (strncmp(line->data, beginnings[i], strlen(beginnings[i])) != 0) continue;
    for (size_t n = 0; n < sizeof types / sizeof *types; n++)
      if (strncmp(type, types[n], strlen(types[n])) == 0) return types[n];
  }
  return NULL;
}

static bool is_state(const char *type) {
  return strcmp(type, "STATE\"") == 0;
}

/* How much of our own STATE lines names the stream; 0: the line is written otherwise. */
static size_t key_length(const bytes *line) {
  if (strncmp(line->data, LINE_STATE, strlen(LINE_STATE)) != 0) return 0;
  const char *data = memmem(line->data, line->length, LINE_STATE_DATA, strlen(LINE_STATE_DATA));
  return data ? (size_t)(data - line->data) + strlen(LINE_STATE_DATA) : 0;
}

/* The place of an earlier state of the same stream, or a new one. NULL: memory is short. */
static bytes *place_of(printed *p) {
  size_t key = key_length(&p->line);
  for (size_t i = 0; key && i < p->count; i++)
    if (p->states[i].length > key && memcmp(p->states[i].data, p->line.data, key) == 0) return &p->states[i];
  bytes *more = realloc(p->states, (p->count + 1) * sizeof *more);
  if (!more) return NULL;
  p->states = more;
  p->states[p->count] = (bytes){0};
  return &p->states[p->count++];
}

static bool keep_state(printed *p) {
  bytes *place = place_of(p);
  if (!place) return false;
  bytes_free(place);
  *place = p->line;
  p->line = (bytes){0};
  return true;
}

/* Once enough of a line is there: a STATE is read to its end, the rest of any other line is not needed. */
static void look(printed *p) {
  const char *type = type_of(&p->line);
  if (type && is_state(type)) {
    p->has_messages = true;
    return;
  }
  bool blank = p->line.length == 0;
  if (!type && !blank && !p->foreign) p->foreign = p->lines;
  p->is_skipped = true;
  if (!type) return;
  p->has_messages = true; /* and no document has such a line */
  p->is_document = false;
  bytes_free(&p->document);
}

static bool end_line(printed *p) {
  if (!p->is_skipped) look(p);
  bool ok = p->is_skipped || keep_state(p);
  bytes_clear(&p->line);
  p->is_skipped = false;
  p->lines++;
  return ok;
}

static bool add_to_line(printed *p, const char *data, size_t length) {
  bool told = p->line.length >= ENOUGH;
  if (p->is_skipped) return true;
  if (!bytes_append(&p->line, data, length)) return false;
  if (!told && p->line.length >= ENOUGH) look(p);
  return true;
}

static bool take_lines(printed *p, const char *data, size_t length) {
  const char *end = data + length, *stop;
  for (; (stop = memchr(data, '\n', (size_t)(end - data))); data = stop + 1)
    if (!add_to_line(p, data, (size_t)(stop - data)) || !end_line(p)) return false;
  return add_to_line(p, data, (size_t)(end - data));
}

/* ---- the file */

static bool take(void *user, const char *data, size_t length) {
  printed *p = user;
  if (p->is_document && length > p->limit - p->document.length) {
    p->is_document = false;
    bytes_free(&p->document);
  }
  p->has_failed = (p->is_document && !bytes_append(&p->document, data, length)) || !take_lines(p, data, length);
  return !p->has_failed && (p->is_document || p->has_messages);
}

/* STATE messages alone may be a document, too, such as one of them, or an array of them. */
static bool is_json(const bytes *text) {
  json_error error;
  return json_valid(text->data, text->length, (json_limits){.depth = JSON_MAX_DEPTH}, &error);
}

const char *printed_read(printed *p, const char *path, size_t limit) {
  *p = (printed){.is_document = true, .limit = limit, .lines = 1};
  const char *why = files_stream(path, take, p);
  if (!why && !p->has_failed && (p->line.length || p->is_skipped)) p->has_failed = !end_line(p);
  if (why || p->has_failed) return why ? why : "out of memory";
  if (!p->is_document && !p->has_messages) return "is larger than the limit";
  p->is_document = p->is_document && (!p->has_messages || is_json(&p->document));
  return NULL;
}

void printed_free(printed *p) {
  for (size_t i = 0; i < p->count; i++) bytes_free(&p->states[i]);
  free(p->states);
  bytes_free(&p->document);
  bytes_free(&p->line);
  *p = (printed){0};
}
