/* Files of rows, gzip or none: in pieces of any size they give what they give whole. */
#include "formats/row_reader.h"

#include "input.h"
#include "json/json.h"

#include <string.h>

#define LARGEST ((size_t)4 << 20)

/* Each is a line of JSON, if it comes from CSV. */
static void check_lines(const bytes *rows) {
  json_error error;
  for (const char *at = rows->data, *end = at + rows->length; at < end;) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    MUST(stop && json_valid(at, (size_t)(stop - at), (json_limits){.depth = JSON_MAX_DEPTH}, &error));
    at = stop + 1;
  }
}

static row_code read_in_pieces(const row_options *options, const bytes *file, size_t piece, bytes *out) {
  char why[ROW_WHY];
  row_reader *r = row_reader_new(options, why);
  MUST(r);
  size_t given = piece < file->length ? piece : file->length;
  unpack_input from = {file->data, given, given == file->length};
  row_code code;
  while ((code = row_reader_run(r, &from, 3)) == ROW_NEEDS || code == ROW_READY) {
    MUST(code != ROW_READY || row_reader_count(r) >= 3);
    MUST(row_reader_take(r, 3, out) != SIZE_MAX);
    if (code != ROW_NEEDS) continue;
    MUST(!from.ended);
    size_t more = file->length - given < piece ? file->length - given : piece;
    from.length += more;
    given += more;
    from.ended = given == file->length;
  }
  if (code == ROW_END) MUST(row_reader_take(r, SIZE_MAX, out) != SIZE_MAX);
  row_reader_free(r);
  return code;
}

/* Two bytes of choices, and the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes file, whole, parts;
  char why[ROW_WHY];
  unsigned kind = input_choice(&data, &size), piece = 1 + input_choice(&data, &size);
  row_options options = {
      .format = kind & 1 ? ROW_CSV : ROW_NDJSON, .packed = kind & 2, .delimiter = kind & 4 ? ';' : ','};
  input_rest(data, size, &file);
  bytes_clear(&whole);
  bytes_clear(&parts);
  row_code once = row_read_all(&options, &file, LARGEST, &whole, why);
  row_code code = read_in_pieces(&options, &file, piece, &parts);
  MUST(once == ROW_READY || (once == ROW_END) == (code == ROW_END)); /* of two faults either may be met first */
  if (once == ROW_END) MUST(whole.length == parts.length && memcmp(whole.data, parts.data, whole.length) == 0);
  if (kind & 1) check_lines(&parts);
  return 0;
}
