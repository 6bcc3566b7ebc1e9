/*
 * One fault as users write it, `issues:page=2:status=429`: which response of a replay is to be another, and how.
 */
#ifndef PERIGEE_HAR_FAULT_H
#define PERIGEE_HAR_FAULT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum har_fault_kind {
  HAR_STATUS,    /* status=N: an error of that status */
  HAR_LIMITED,   /* limited=SECONDS: a 429 */
  HAR_HTML,      /* html=STATUS: a page for people */
  HAR_EMPTY,     /* empty: no body */
  HAR_MALFORMED, /* malformed: half of the body */
  HAR_NOT_ROWS,  /* not_rows: an object in place of a list */
  HAR_NO_ROWS,   /* no_rows: an empty list */
  HAR_NO_HEADER, /* no_header=NAME: one header less */
  HAR_AGAIN,     /* again: the stream's response before */
  HAR_CODE       /* cut, stall, …: no response, for the reason in `number` */
} har_fault_kind;

typedef struct har_fault {
  const char *text; /* as it was written; the other strings point into it */
  const char *stream;
  size_t stream_length;
  long page, times;
  har_fault_kind kind;
  long number;        /* of status=, limited= and html=; an http_code of HAR_CODE */
  const char *header; /* of no_header=: to the text's end */
} har_fault;

/*
 * Reads STREAM:page=N:times=N:KIND, of which page and times may be absent (1). `text` outlives the fault. False: `why`
 * says what is wrong, how a fault is written, and which kinds there are.
 */
bool har_fault_read(har_fault *f, const char *text, bytes *why);

/* Is it for this stream? `*` is for each. */
bool har_fault_is_for(const har_fault *f, const char *stream);

/* Appends the kinds, `per_line` in a line (0: all in one). False: memory is short. */
bool har_fault_kinds(bytes *out, size_t per_line);

#endif
