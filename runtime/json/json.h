/*
 * JSON without values: one pass over the bytes proves them valid (RFC 8259, with UTF-8 by RFC 3629) and notes
 * where things are. Nothing is decoded, so what leaves again leaves with the bytes it came with.
 *
 * Every text must be followed by BYTES_PADDING readable bytes (bytes.h), whatever they hold.
 */
#ifndef PERIGEE_JSON_H
#define PERIGEE_JSON_H

#include "json/json_rows.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum json_code {
  JSON_OK,
  JSON_MALFORMED, /* not JSON, or not UTF-8 */
  JSON_NOT_ROWS,  /* valid so far, but not an array of objects where one was asked for */
  JSON_TOO_DEEP,  /* nested beyond limits.depth */
  JSON_TOO_LARGE, /* a record beyond limits.record */
  JSON_TOO_MANY,  /* more records than limits.rows */
  JSON_NO_MEMORY
} json_code;

typedef struct json_error {
  json_code code;
  size_t offset;      /* of the byte at fault */
  const char *reason; /* static text, for people: "a comma or ] was expected" */
} json_error;

typedef struct json_limits {
  unsigned depth; /* containers within containers; at most JSON_MAX_DEPTH */
  size_t record;  /* bytes of one record; 0: no limit */
  size_t rows;    /* records of a page; 0: no limit */
} json_limits;

#define JSON_MAX_DEPTH 1024

/* Validates a whole text: one value, with white space around it. Recursion is bounded: it uses none. */
bool json_valid(const char *text, size_t length, json_limits limits, json_error *error);

/* What is noted of records' members, beside the fields asked for: each as an entry, and which records have a member
 * of one of these names (UTF-8, unescaped), or a member that is an object and has one. */
typedef struct json_watch {
  const char *const *names;
  size_t count;
} json_watch;

typedef struct json_query {
  const char *const *fields; /* names of top-level fields of a record, UTF-8, unescaped */
  size_t field_count;
  const json_watch *watch; /* NULL: no entries are asked for */
  bool single;             /* the text is one object, which is the only record */
  json_limits limits;
} json_query;

/*
 * Validates the whole text and splits it: an array of objects (or one object, with `single`), among which a null stands
 * for a record that the server could not write. White space
 * between tokens that would break a line (CR, LF) and tabs become spaces, in place. Of a key that comes twice in
 * a record, the last counts; keys written with escapes are recognised. `rows` is overwritten; its memory is
 * reused from call to call and belongs to the caller (json_rows_free). On failure rows->count is 0.
 */
bool json_split(char *text, size_t length, const json_query *query, json_rows *rows, json_error *error);

/*
 * The same of a part of a text that json_valid accepted: an array of records, or one record; they are added to `rows`,
 * which json_rows_clear emptied, with places in the whole text.
 */
bool json_split_part(char *text, json_slice part, const json_query *query, json_rows *rows, json_error *error);

/* What is likely behind an error in a text that a person wrote, for messages: static text, or NULL. */
const char *json_hint(const char *text, size_t length, const json_error *error);

/* Line and column (from 1) of an offset, for messages. */
void json_position(const char *text, size_t length, size_t offset, size_t *line, size_t *column);

#endif
