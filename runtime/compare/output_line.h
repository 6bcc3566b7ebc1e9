/* A line that some connector wrote, taken apart: in whatever order its members stand, with whatever white space. */
#ifndef PERIGEE_OUTPUT_LINE_H
#define PERIGEE_OUTPUT_LINE_H

#include "base/bytes.h"
#include "json/json.h"

typedef enum output_kind {
  OUTPUT_OTHER, /* a message that says nothing of a stream's records */
  OUTPUT_RECORD,
  OUTPUT_STATE,
  OUTPUT_STATUS,    /* `data` is the word, a string */
  OUTPUT_ERROR,     /* of a stream */
  OUTPUT_FAILURE,   /* an error that is of no stream */
  OUTPUT_FOREIGN,   /* no object: what another program printed */
  OUTPUT_UNREADABLE /* `why`: static text */
} output_kind;

typedef struct output_line {
  output_kind kind;
  json_slice stream;     /* its name, a string; absent: a state of all streams */
  json_slice name_space; /* absent or null: none */
  json_slice data;
  const char *why;
} output_line;

/* BYTES_PADDING bytes follow the text. */
output_line output_line_read(const char *text, size_t length);

#endif
