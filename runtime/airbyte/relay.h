/* Lines that a child wrote of its stream, taken apart and written anew by our own writer. */
#ifndef PERIGEE_RELAY_H
#define PERIGEE_RELAY_H

#include "airbyte/airbyte.h"

/*
 * Takes the whole lines at the start of `text` (BYTES_PADDING bytes follow it): each must be, to the byte, what
 * airbyte.c writes of this stream (NULL: log lines alone), around values that are valid JSON. So nothing else can
 * reach the output whatever became of the child, and what we count is true. `logs` is where log lines go. Returns NULL,
 * or what is wrong with a line (static text); `taken` says how many bytes are done with.
 */
const char *relay_line(airbyte *logs, airbyte_stream *s, const char *text, size_t length, size_t *taken);

#endif
