#include "formats/row_reader.h"

#include "base/siphash.h"
#include "formats/csv_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOM "\xEF\xBB\xBF"

struct row_reader {
  row_options options;
  unpack *unpack;
  bytes raw; /* text as it is encoded */
  charset_reader charset;
  csv_rows *csv;
  bytes text;   /* of CSV, which is not among the rows yet */
  bool begun;   /* what stands before the text was looked at */
  bytes rows;   /* whole rows, and perhaps the beginning of one more */
  size_t seen;  /* bytes of it that were looked at for ends of lines */
  size_t whole; /* bytes of it that are whole rows */
  size_t count; /* whole rows */
  bool ended;   /* of CSV: its end was told */
  bool in_row;  /* behind them stands more than blanks */
  uint64_t taken;
  siphash hash;
  char why[ROW_WHY];
};

row_reader *row_reader_new(const row_options *options, char *why) {
  static const siphash_seed nothing; /* what a file says of itself is no secret */
  row_reader *r = calloc(1, sizeof *r);
  if (r) *r = (row_reader){.options = *options, .unpack = unpack_new(options->packed)};
  if (r) r->charset.said = options->said;
  if (r) r->options.needs = (bytes){0};
  (void)snprintf(why, ROW_WHY, "memory is short");
  bool ok = r && r->unpack;
  if (ok && options->format == ROW_CSV) ok = (r->csv = csv_rows_new(options->delimiter, &options->needs, why)) != NULL;
  if (ok) {
    siphash_begin(&r->hash, &nothing);
    return r;
  }
  row_reader_free(r);
  return NULL;
}

void row_reader_free(row_reader *r) {
  if (!r) return;
  unpack_free(r->unpack);
  csv_rows_free(r->csv);
  bytes_free(&r->raw);
  bytes_free(&r->text);
  bytes_free(&r->rows);
  free(r);
}

static row_code fail(row_reader *r, row_code code, const char *why) {
  (void)snprintf(r->why, sizeof r->why, "%s", why);
  return code;
}

static bool is_blank(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
  return true;
}

/* Counts the lines that have come to their end. */
static void note_lines(row_reader *r) {
  const char *end;
  while (r->seen < r->rows.length && (end = memchr(r->rows.data + r->seen, '\n', r->rows.length - r->seen))) {
    size_t next = (size_t)(end - r->rows.data) + 1;
    r->count += r->in_row || !is_blank(r->rows.data + r->seen, next - 1 - r->seen);
    r->in_row = false;
    r->whole = r->seen = next;
  }
  if (r->seen < r->rows.length && !r->in_row) r->in_row = !is_blank(r->rows.data + r->seen, r->rows.length - r->seen);
  r->seen = r->rows.length;
}

/* What comes of the file: lines as they are, or text that becomes lines. */
static bytes *text_of(row_reader *r) {
  return r->csv ? &r->text : &r->rows;
}

static row_code of_csv(row_reader *r, bool ok, row_code otherwise) {
  uint64_t row;
  const char *why = csv_rows_why(r->csv, &row);
  if (ok) return ROW_READY;
  if (!row) return fail(r, otherwise, why);
  (void)snprintf(r->why, sizeof r->why, "row %" PRIu64 ": %s", row, why);
  return otherwise;
}

/* Makes rows of as much of the text as is wanted. */
static row_code take_text(row_reader *r, size_t wanted) {
  size_t at = 0;
  row_code code = ROW_READY;
  while (r->csv && code == ROW_READY && at < r->text.length && r->count < wanted && r->whole < ROW_PAGE) {
    size_t length = r->text.length - at < CSV_SLICE ? r->text.length - at : CSV_SLICE;
    code = of_csv(r, csv_rows_feed(r->csv, r->text.data + at, length, &r->rows), ROW_WRONG);
    at += length;
    note_lines(r);
    if (csv_rows_open(r->csv) > ROW_LONGEST) return fail(r, ROW_TOO_LARGE, "a row is larger than 32 MiB");
  }
  bytes_drop_front(&r->text, at, UNPACK_PIECE);
  if (!r->csv) note_lines(r);
  return code;
}

/* A mark may stand before the text. NEEDS: more of it has to be there first. */
static row_code look_at_mark(row_reader *r, bool ended) {
  bytes *text = text_of(r);
  if (text->length < 3 && !ended) return ROW_NEEDS;
  r->begun = true;
  if (text->length >= 3 && !memcmp(text->data, BOM, 3)) bytes_drop_front(text, 3, SIZE_MAX);
  return ROW_READY;
}

static row_code of_unpack(row_reader *r, unpack_code code) {
  switch (code) {
  case UNPACK_NEEDS: return ROW_NEEDS;
  case UNPACK_CUT: return fail(r, ROW_CORRUPT, "the file's gzip is cut: it ends too early");
  case UNPACK_CORRUPT: return fail(r, ROW_CORRUPT, "the file's gzip is corrupt");
  case UNPACK_END: return ROW_END;
  case UNPACK_SOME: return ROW_READY;
  case UNPACK_NO_MEMORY: break;
  }
  return fail(r, ROW_FAILED, "memory is short");
}

/* What comes next of the file, as UTF-8. */
static row_code read_text(row_reader *r, unpack_input *from) {
  row_code code = of_unpack(r, unpack_text(r->unpack, from, &r->raw));
  const char *wrong;
  if (code != ROW_READY && code != ROW_END) return code;
  size_t taken = charset_read(&r->charset, r->raw.data, r->raw.length, code == ROW_END, text_of(r), &wrong);
  if (taken == SIZE_MAX) return fail(r, ROW_WRONG, wrong);
  bytes_drop_front(&r->raw, taken, UNPACK_PIECE);
  return code;
}

/* The last line may lack its end; whether it is whole, its JSON says, or that no quotes are open. */
static row_code end(row_reader *r, size_t wanted) {
  row_code code = r->begun ? ROW_READY : look_at_mark(r, true);
  if (code == ROW_READY) code = take_text(r, wanted);
  if (code != ROW_READY || r->text.length) return code;
  if (r->csv && !r->ended) code = of_csv(r, csv_rows_end(r->csv, &r->rows), ROW_CORRUPT);
  if (code != ROW_READY) return code;
  r->ended = true;
  note_lines(r);
  if (!r->in_row) return ROW_END;
  if (!bytes_append(&r->rows, "\n", 1)) return fail(r, ROW_FAILED, "memory is short");
  note_lines(r);
  return ROW_END;
}

row_code row_reader_run(row_reader *r, unpack_input *from, size_t wanted) {
  row_code code = r->begun ? take_text(r, wanted) : ROW_READY;
  while (code == ROW_READY && r->count < wanted && r->whole < ROW_PAGE) {
    code = read_text(r, from);
    if (code == ROW_END) return end(r, wanted);
    if (code == ROW_READY && !r->begun) {
      code = look_at_mark(r, false);
      if (code == ROW_NEEDS) {
        code = ROW_READY;
        continue;
      }
    }
    if (code == ROW_READY) code = take_text(r, wanted);
    if (code != ROW_READY) return code;
    if (r->rows.length - r->whole > ROW_LONGEST) return fail(r, ROW_TOO_LARGE, "a line is larger than 32 MiB");
  }
  return code;
}

const char *row_code_name(row_code code) {
  switch (code) {
  case ROW_CORRUPT: return "corrupt";
  case ROW_WRONG: return "not_rows";
  case ROW_TOO_LARGE: return "too_large";
  default: return "failed";
  }
}

const char *row_reader_why(const row_reader *r) {
  return r->why;
}

size_t row_reader_count(const row_reader *r) {
  return r->count;
}

/* Behind the n-th row, or the first that brings a page's bytes. */
static size_t measure(const row_reader *r, size_t most, size_t *rows) {
  size_t at = 0;
  for (*rows = 0; *rows < most && at < r->whole && at < ROW_PAGE;) {
    const char *line = r->rows.data + at, *stop = memchr(line, '\n', r->whole - at);
    *rows += !is_blank(line, (size_t)(stop - line));
    at = (size_t)(stop - r->rows.data) + 1;
  }
  return at;
}

size_t row_reader_take(row_reader *r, size_t most, bytes *out) {
  size_t rows, length = measure(r, most, &rows);
  if (out && !bytes_append(out, r->rows.data, length)) return SIZE_MAX;
  siphash_add(&r->hash, r->rows.data, length);
  bytes_drop_front(&r->rows, length, ROW_PAGE);
  r->seen -= length;
  r->whole -= length;
  r->count -= rows;
  r->taken += rows;
  return rows;
}

uint64_t row_reader_place(const row_reader *r, uint64_t *hash) {
  uint64_t both[2];
  siphash at = r->hash;
  siphash_end(&at, both);
  *hash = both[0];
  return r->taken;
}

row_code row_read_all(const row_options *options, const bytes *file, size_t most, bytes *out, char *why) {
  row_reader *r = row_reader_new(options, why);
  if (!r) return ROW_FAILED;
  unpack_input from = {.data = file->data, .length = file->length, .ended = true};
  row_code code;
  do {
    code = row_reader_run(r, &from, SIZE_MAX);
    if (code <= ROW_END && row_reader_take(r, SIZE_MAX, out) == SIZE_MAX) code = fail(r, ROW_FAILED, "memory is short");
    if (code == ROW_END && (r->count || out->length > most)) code = ROW_READY;
  } while (code == ROW_READY && out->length <= most);
  (void)snprintf(why, ROW_WHY, "%s", r->why);
  row_reader_free(r);
  return code;
}
