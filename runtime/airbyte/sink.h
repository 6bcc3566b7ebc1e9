/*
 * Where a read's records, states, logs and statuses go. Each kind of sink implements the calls below: Airbyte's lines
 * (airbyte.h), words for people (console.h), Lua functions of a verb's (lua/bindings/airbyte_capture_lua.c).
 * Counting, RUNNING and the masking of secrets stand in sink.c, once for all of them.
 */
#ifndef PERIGEE_SINK_H
#define PERIGEE_SINK_H

#include "base/bytes.h"
#include "http/secrets.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sink sink;

/* One stream of the catalog, and what was written of it. */
typedef struct sink_stream {
  sink *to;
  char *name;
  char *name_space;               /* NULL: none, which is not the same as an empty one */
  bool running;                   /* RUNNING was sent */
  uint64_t records, record_bytes; /* written in all */
  uint64_t since_state;           /* records */
  void *own;                      /* the sink's, from its `open` to its `close` */
  struct sink_stream *next;
} sink_stream;

/* Records: slices of `text`; where `edited` (may be NULL) has a slice, that one of `edits` takes its place. */
typedef struct sink_records {
  const char *text;
  const json_slice *rows;
  const char *edits;
  const json_slice *edited;
  const unsigned char *out; /* NULL: all; else those for which it is 1 */
  size_t count;
} sink_records;

/* What a read of a stream came to, beside its records. `waited` is in microseconds, `received` in bytes. */
enum { SINK_REQUESTS, SINK_RECEIVED, SINK_RETRIES, SINK_WAITS, SINK_WAITED, SINK_REPEATS, SINK_NEEDLESS, SINK_COUNTS };
extern const char *const sink_count_names[SINK_COUNTS];
typedef struct sink_summary {
  int64_t counts[SINK_COUNTS]; /* not negative */
  const char *ended;           /* how, for people */
  size_t ended_length;
} sink_summary;

/*
 * What a sink does. Texts for people come masked and as UTF-8. NULL: it has no use for that; a summary is then logged.
 * Records come before the state that covers them: what a sink keeps, it commits at the state. Once a sink has called
 * sink_fail, only `flush`, `close` and `free` follow.
 */
typedef struct sink_calls {
  bool (*open)(sink_stream *s); /* false: memory is short */
  void (*close)(sink_stream *s);
  void (*log)(sink *to, const char *level, const char *message, size_t length);
  void (*error)(sink *to, const sink_stream *s, const char *failure_type, const char *message, const char *internal);
  void (*status)(sink_stream *s, const char *status);
  void (*rate_limited)(sink_stream *s, int64_t reset);
  void (*estimate)(sink_stream *s, uint64_t rows);
  void (*records)(sink_stream *s, const sink_records *of);
  void (*state)(sink_stream *s, const char *json, size_t length);
  void (*summary)(sink_stream *s, const sink_summary *of);
  void (*observe)(sink_stream *s, const char *json, size_t length);
  void (*spec)(sink *to, const char *json, size_t length);
  void (*catalog)(sink *to, const char *json, size_t length);
  void (*connection_status)(sink *to, bool succeeded, const char *message);
  void (*flush)(sink *to);
  void (*free)(sink *to); /* itself, and what it holds; its streams are closed */
} sink_calls;

/* The beginning of each sink's own struct. */
struct sink {
  const sink_calls *calls;
  const secrets *store;
  sink_stream *streams; /* the newest first */
  int error;
};

/* ---- for implementations */

/* `store` outlives the sink. */
void sink_begin(sink *to, const sink_calls *calls, const secrets *store);

/* Nothing more can be taken: errno's number. The first one stays. */
void sink_fail(sink *to, int error);

/* The next record that goes out, from row `*row` on, which moves behind it. False: there is none. */
static inline bool sink_next(const sink_records *of, size_t *row, const char **text, size_t *length) {
  while (*row < of->count && of->out && !of->out[*row]) (*row)++;
  if (*row == of->count) return false;
  bool edited = of->edited && of->edited[*row].length;
  json_slice slice = edited ? of->edited[*row] : of->rows[*row];
  *text = (edited ? of->edits : of->text) + slice.start;
  *length = slice.length;
  (*row)++;
  return true;
}

/* ---- for everybody else */

/* Closes its streams. NULL is allowed. */
void sink_free(sink *to);

/* Nobody takes anything any more (ECANCELED: a verb's function), or the disk is full: errno's number; 0 while all is
 * well. What is written goes nowhere then. */
int sink_broken(const sink *to);

/* What was written is seen from now on. */
void sink_flush(sink *to);

/* Opens a stream; it belongs to the sink and lives as long. `name_space` may be NULL. NULL: memory is short. */
sink_stream *sink_open(sink *to, const char *name, const char *name_space);

/* Lists that end with NULL. */
extern const char *const sink_levels[], *const sink_failure_types[], *const sink_statuses[];

/* `level`: one of sink_levels. */
void sink_log(sink *to, const char *level, const char *message, size_t length);

/* The JSON text of a spec, or of a catalog. */
void sink_spec(sink *to, const char *json, size_t length);
void sink_catalog(sink *to, const char *json, size_t length);

/* `message` may be NULL. */
void sink_connection_status(sink *to, bool succeeded, const char *message);

/* `failure_type`: one of sink_failure_types. `s` (NULL: of no stream) and `internal` may be NULL. */
void sink_error(sink *to, const sink_stream *s, const char *failure_type, const char *message, const char *internal);

/* `status`: one of sink_statuses. */
void sink_status(sink_stream *s, const char *status);

/* RUNNING because of a rate limit, until `reset` (milliseconds since 1970); flushes. */
void sink_rate_limited(sink_stream *s, int64_t reset);
void sink_estimate(sink_stream *s, uint64_t rows);

/* Writes records; returns how many. RUNNING goes before the first. */
size_t sink_write(sink_stream *s, const sink_records *of);

/* Writes the state, after every record that it covers, and flushes. `json` is an object's text. */
void sink_state(sink_stream *s, const char *json, size_t length);

/* What became of a read: data for a verb, a log line for everybody else. */
void sink_summarize(sink_stream *s, const sink_summary *of);

/* What a verb that tries a stream is shown of it: an object's text. Other sinks ignore it. */
void sink_observe(sink_stream *s, const char *json, size_t length);

#endif
