/* Takes apart the lines that a child wrote (airbyte_new_to_parent), and hands them to the parent's sink as calls. */
#ifndef PERIGEE_RELAY_H
#define PERIGEE_RELAY_H

#include "airbyte/line.h"
#include "airbyte/sink.h"
#include "secrets/stand_ins.h"

/* What a child may log: a script that prints without end fills no disk. Lines beyond are dropped, and a warning says
 * so. */
#define RELAY_LOG_LINES 10000
#define RELAY_LOG_BYTES ((size_t)4 << 20)

typedef struct relay {
  sink *logs;          /* where log lines go */
  sink_stream *stream; /* NULL: log lines alone are taken */
  line_stream pieces;
  size_t log_lines, log_bytes; /* passed on, until one of them is used up */
  bool logs_cut;               /* and that was said */
} relay;

/* Both outlive the relay. False: memory is short; it is to be freed all the same. */
bool relay_begin(relay *r, sink *logs, sink_stream *stream);
void relay_free(relay *r);

/* The child has another job, which may log as much. */
void relay_begin_again(relay *r);

/*
 * Takes the whole lines at the start of `text` (BYTES_PADDING bytes follow it): each must be, to the byte, what
 * airbyte.c writes of this stream (line.h), around values that are valid JSON. So nothing else can reach the output
 * whatever became of the child, and what we count is true. In records secrets take their stand-ins' place again, where
 * there are any (else `by` is NULL): what the server sent goes out. Returns NULL, or what is wrong with a line (static
 * text); `taken` says how many bytes are done with.
 */
const char *relay_lines(relay *r, char *text, size_t length, const stand_ins *by, size_t *taken);

#endif
