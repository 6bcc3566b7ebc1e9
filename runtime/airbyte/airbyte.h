/*
 * The lines of the Airbyte protocol (0.18): built whole, written in order through one buffer, flushed at every state.
 * Texts for people are masked (secrets.h); records are not: they are the server's bytes.
 */
#ifndef PERIGEE_AIRBYTE_H
#define PERIGEE_AIRBYTE_H

#include "airbyte/output.h"
#include "base/timeline.h"
#include "http/secrets.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct airbyte airbyte;

/* One stream of the catalog, and what was written of it. */
typedef struct airbyte_stream {
  airbyte *to;
  bytes name, name_space; /* name_space: empty for none */
  bytes descriptor;       /* {"name":…,"namespace":…} */
  bytes before;           /* what stands before each record's data */
  bool running;           /* RUNNING was sent */
  uint64_t records, record_bytes;
  uint64_t since_state; /* records */
  struct airbyte_stream *next;
} airbyte_stream;

/* NULL: memory is short. `store`, and `time` by which lines are dated, outlive it. */
airbyte *airbyte_new(int descriptor, const secrets *store, const timeline *time);

/* The same, to a function in place of a descriptor: it gets whole lines, at once (output.h), and must
 * not write to this writer. */
airbyte *airbyte_new_to(output_sink take, void *user, const secrets *store, const timeline *time);
void airbyte_free(airbyte *a);

/* Nobody reads any more (ECANCELED: a sink), or the disk is full: errno's number; 0 while all is well. Writing goes
 * nowhere then. */
int airbyte_broken(const airbyte *a);
void airbyte_flush(airbyte *a);

/* Opens a stream; it belongs to the writer and lives as long. `name_space` may be NULL. NULL: memory is short. */
airbyte_stream *airbyte_open(airbyte *a, const char *name, const char *name_space);
const airbyte_stream *airbyte_streams(const airbyte *a); /* the newest first */

/* `level`: one of these; the list ends with NULL. */
extern const char *const airbyte_levels[];
void airbyte_log(airbyte *a, const char *level, const char *message, size_t length);

/* The JSON text of a spec, or of a catalog. */
void airbyte_spec(airbyte *a, const char *json, size_t length);
void airbyte_catalog(airbyte *a, const char *json, size_t length);
void airbyte_connection_status(airbyte *a, bool succeeded, const char *message);

/* `failure_type`: config_error, system_error or transient_error. `stream` and `internal` may be NULL. */
void airbyte_error(airbyte *a, const airbyte_stream *stream, const char *failure_type, const char *message,
                   const char *internal);

/* `status`: STARTED, RUNNING, COMPLETE or INCOMPLETE. */
void airbyte_status(airbyte_stream *s, const char *status);

/* RUNNING because of a rate limit, until `reset` (milliseconds since 1970). */
void airbyte_rate_limited(airbyte_stream *s, int64_t reset);
void airbyte_estimate(airbyte_stream *s, uint64_t rows);

/* Records: slices of `text`; where `edited` (may be NULL) has a slice, that one of `edits` takes its place. */
typedef struct airbyte_rows {
  const char *text;
  const json_slice *rows;
  const char *edits;
  const json_slice *edited;
  const unsigned char *out; /* NULL: all; else those for which it is 1 */
  size_t count;
} airbyte_rows;

/* Writes records; returns how many. RUNNING goes before the first. */
size_t airbyte_records(airbyte_stream *s, const airbyte_rows *of);

/* Writes the state and flushes. `json` is an object's text. */
void airbyte_state(airbyte_stream *s, const char *json, size_t length);

#endif
