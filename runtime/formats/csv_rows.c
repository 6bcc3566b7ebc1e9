#include "formats/csv_rows.h"

#include "formats/libcsv.h"
#include "json/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct csv_rows {
  const libcsv *lib;
  libcsv_parser parser;
  bytes names;    /* of columns, each as JSON and behind it a colon; all without a gap */
  bytes needs;    /* columns that there must be */
  size_t *ends;   /* in names, of each column */
  size_t columns; /* 0: the header row has not come to its end */
  size_t column;  /* of the row under way */
  size_t open;    /* bytes of text since the last row ended */
  uint64_t row;   /* whole rows, without the header */
  bytes *lines;   /* of the call under way */
  uint64_t wrong_in;
  char why[CSV_WHY];
};

/* Blanks are a part of a field (RFC 4180, 2.4). */
static int is_never(unsigned char c) {
  (void)c;
  return 0;
}

csv_rows *csv_rows_new(char delimiter, const bytes *needs, char *why) {
  const libcsv *lib = libcsv_load();
  csv_rows *c = lib ? calloc(1, sizeof *c) : NULL;
  bool copied = c && (!needs->length || bytes_append(&c->needs, needs->data, needs->length));
  if (copied && lib->init(&c->parser, LIBCSV_STRICT | LIBCSV_STRICT_END) == 0) {
    c->lib = lib;
    lib->set_delimiter(&c->parser, (unsigned char)delimiter);
    lib->set_space(&c->parser, is_never);
    return c;
  }
  if (c) bytes_free(&c->needs);
  free(c);
  (void)snprintf(why, CSV_WHY, "%s",
                 lib ? "memory is short"
                     : "CSV is read by libcsv, which is not there (libcsv.so.3); "
                       "Debian has it in the package libcsv3");
  return NULL;
}

void csv_rows_free(csv_rows *c) {
  if (!c) return;
  c->lib->free(&c->parser);
  bytes_free(&c->names);
  bytes_free(&c->needs);
  free(c->ends);
  free(c);
}

/* The first that is wrong counts. */
static void wrong(csv_rows *c, uint64_t row, const char *why) {
  if (c->why[0]) return;
  c->wrong_in = row;
  (void)snprintf(c->why, sizeof c->why, "%s", why);
}

#define NOT_UTF8                                                                                                       \
  "the text is not UTF-8; where it is ISO-8859-1 or windows-1252, the server has to say so, as charset of its "        \
  "Content-Type"

static void need(csv_rows *c, bool done) {
  if (!done) wrong(c, 0, "memory is short");
}

/* ---- the header row */

static bool is_name(const csv_rows *c, size_t column, const char *name, size_t length) {
  size_t start = column ? c->ends[column - 1] : 0;
  return c->ends[column] - start == length && memcmp(c->names.data + start, name, length) == 0;
}

static bool is_taken(const csv_rows *c, const char *name, size_t length) {
  for (size_t i = 0; i < c->column; i++)
    if (is_name(c, i, name, length)) return true;
  return false;
}

/* As JSON, with the number behind it where it came before. */
static bool write_name(const csv_rows *c, const char *name, size_t length, bool numbered, bytes *out) {
  bytes whole = {0};
  bool ok = bytes_append(&whole, name, length) && (!numbered || bytes_printf(&whole, "_%zu", c->column + 1)) &&
            json_quote(out, whole.data ? whole.data : "", whole.length) && bytes_text(out, ":");
  bytes_free(&whole);
  return ok;
}

static void add_name(csv_rows *c, const char *name, size_t length) {
  bytes quoted = {0};
  size_t *ends = realloc(c->ends, (c->column + 1) * sizeof *ends);
  if (ends) c->ends = ends;
  bool empty = length == 0;
  bool ok = ends && write_name(c, empty ? "column" : name, empty ? strlen("column") : length, empty, &quoted);
  if (ok && is_taken(c, quoted.data, quoted.length))
    bytes_clear(&quoted), ok = write_name(c, name, length, true, &quoted);
  if (ok && is_taken(c, quoted.data, quoted.length)) wrong(c, 0, "two columns of the header row have one name");
  need(c, ok && bytes_append(&c->names, quoted.data, quoted.length));
  if (ok) c->ends[c->column++] = c->names.length;
  if (c->names.length > CSV_NAMES) wrong(c, 0, "the names in the header row are longer than 256 KiB");
  bytes_free(&quoted);
}

/* What is no CSV has a row, too: HTML, or a message. */
static void check_header(csv_rows *c) {
  bytes quoted = {0};
  char first = c->names.length > 1 ? c->names.data[1] : '\0'; /* behind the quote */
  if (first == '<' || first == '{' || first == '[') wrong(c, 0, "the response is HTML, XML or JSON, and no CSV");
  for (const char *name = c->needs.data; name && name < c->needs.data + c->needs.length; name += strlen(name) + 1) {
    bytes_clear(&quoted);
    need(c, write_name(c, name, strlen(name), false, &quoted));
    if (c->why[0] || is_taken(c, quoted.data, quoted.length)) continue;
    c->wrong_in = 0;
    (void)snprintf(c->why, sizeof c->why, "the header row has no column '%.60s', which the stream's key or cursor is",
                   name);
  }
  bytes_free(&quoted);
}

/* ---- rows */

static void add_field(csv_rows *c, const char *text, size_t length) {
  size_t start = c->column ? c->ends[c->column - 1] : 0;
  if (c->column == c->columns) return wrong(c, c->row + 1, "the row has more fields than the header row has names");
  need(c, bytes_text(c->lines, c->column ? "," : "{") &&
              bytes_append(c->lines, c->names.data + start, c->ends[c->column] - start) &&
              json_quote(c->lines, text, length));
  c->column++;
}

static void on_field(void *text, size_t length, void *with) {
  csv_rows *c = with;
  if (c->why[0]) return;
  if (!json_is_utf8(length ? text : "", length)) return wrong(c, c->columns ? c->row + 1 : 0, NOT_UTF8);
  if (length && memchr(text, 0, length))
    return wrong(c, c->columns ? c->row + 1 : 0, "a zero byte stands in the text, which may be UTF-16; UTF-8 is read");
  if (c->columns)
    add_field(c, length ? text : "", length);
  else
    add_name(c, length ? text : "", length);
}

static void on_row(int end, void *with) {
  (void)end;
  csv_rows *c = with;
  if (c->why[0]) return;
  if (!c->columns) {
    check_header(c);
    c->columns = c->column;
  } else if (c->column < c->columns) {
    wrong(c, c->row + 1, "the row has fewer fields than the header row has names");
  } else {
    need(c, bytes_text(c->lines, "}\n"));
    c->row++;
  }
  c->column = c->open = 0;
}

static bool judge(csv_rows *c, bool parsed, const char *why) {
  if (!parsed && !c->why[0])
    wrong(c, c->columns ? c->row + 1 : 0, c->lib->error(&c->parser) == LIBCSV_NO_MEMORY ? "memory is short" : why);
  return !c->why[0];
}

bool csv_rows_feed(csv_rows *c, const char *text, size_t length, bytes *lines) {
  c->lines = lines;
  c->open += length;
  bool parsed = c->lib->parse(&c->parser, text, length, on_field, on_row, c) == length;
  return judge(c, parsed,
               "a quote stands where none may: fields with quotes in them stand in quotes, which are doubled");
}

bool csv_rows_end(csv_rows *c, bytes *lines) {
  c->lines = lines;
  bool parsed = c->lib->end(&c->parser, on_field, on_row, c) == 0;
  if (!judge(c, parsed, "the file is cut: it ends within quotes")) return false;
  if (!c->columns) wrong(c, 0, "the file is empty: it has no header row");
  return !c->why[0];
}

size_t csv_rows_open(const csv_rows *c) {
  return c->open;
}

const char *csv_rows_why(const csv_rows *c, uint64_t *row) {
  *row = c->wrong_in;
  return c->why;
}
