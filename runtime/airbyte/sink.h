/*
 * Where a read's records, states, logs and statuses go. Each kind of sink implements the calls below: Airbyte's lines
 * (airbyte.h), words for people (console.h), Lua functions of a verb's (lua/bindings/airbyte_capture_lua.c).
 * Counting, RUNNING and the masking of secrets stand in sink.c, once for all of them.
 */
#ifndef PERIGEE_SINK_H
#define PERIGEE_SINK_H

#include "base/bytes.h"
#include "secrets/secrets.h"
#include "json/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sink sink;

/* A stream of the catalog, and the counts of its records. */
typedef struct sink_stream {
  sink *to;
  char *name;
  char *name_space;               /* NULL: none; an empty namespace is a namespace */
  bool running;                   /* RUNNING was sent */
  bool ended, whole;              /* COMPLETE or INCOMPLETE was; COMPLETE was */
  int64_t reached;                /* us since 1970: the time of the last record, for people; 0: none was noted */
  uint64_t records, record_bytes; /* written in all */
  uint64_t since_state;           /* records */
  const json_watch *watch;        /* what is to be noted of its records' members, for the sink; NULL: nothing */
  void *own;                      /* the sink's, from its `open` to its `close` */
  struct ledger *ledger;          /* where it is noted what was sent (ledger/ledger.h); NULL: nowhere */
  char *failure;                  /* why it alone is not taken any more, or NULL */
  struct sink_stream *next;
} sink_stream;

/* Records are slices of `text`; a slice in `edited` (may be NULL) names a place in `edits` that replaces the record. */
typedef struct sink_records {
  const char *text;
  const json_slice *rows;
  const char *edits;
  const json_slice *edited;
  const unsigned char *out; /* NULL: all; else those for which it is 1 */
  size_t count;
  bool deleted;           /* they are no whole records: their keys, and when they were found to be gone */
  const json_rows *noted; /* the rows with their members; NULL: those were not noted */
} sink_records;

/* The counts of a read besides its records. SINK_WAITED is in microseconds, SINK_RECEIVED in bytes. */
enum { SINK_REQUESTS, SINK_RECEIVED, SINK_RETRIES, SINK_WAITS, SINK_WAITED, SINK_REPEATS, SINK_NEEDLESS, SINK_COUNTS };
extern const char *const sink_count_names[SINK_COUNTS];
typedef struct sink_summary {
  int64_t counts[SINK_COUNTS]; /* not negative */
  const char *ended;           /* how, for people */
  size_t ended_length;
} sink_summary;

/*
 * Each kind of sink fills in these calls; NULL ignores the message, but a summary is then logged. Texts for people come
 * masked and as UTF-8. A state comes after every record that it covers, so a sink that stores records commits at each
 * state. After sink_fail only `flush`, `close` and `free` are called.
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
  void (*configuration)(sink *to, const char *json, size_t length); /* with its secrets, unmasked */
  int (*last_words)(sink *to, const sink_stream *s, const char *failure_type, const char *message, bytes *line);
  void (*flush)(sink *to);
  void (*free)(sink *to); /* frees the sink itself; its streams are closed already */
} sink_calls;

/* Sees what a sink takes, beside it; NULL: that is not looked at. Texts come masked and as UTF-8. */
typedef struct sink_watcher {
  void (*log)(struct sink_watcher *w, const char *level, const char *message, size_t length);
  void (*error)(struct sink_watcher *w, const sink_stream *s, const char *message); /* `s`: NULL: of no stream */
  void (*status)(struct sink_watcher *w, const sink_stream *s, const char *status);
  void (*state)(struct sink_watcher *w, const sink_stream *s, const char *json, size_t length);
  void (*connection_status)(struct sink_watcher *w, bool succeeded, const char *message); /* it may be NULL */
} sink_watcher;

/* The first member of each sink's own struct. */
struct sink {
  const sink_calls *calls;
  sink_watcher *watcher; /* or NULL */
  const secrets *store;
  sink_stream *streams; /* the newest first */
  int error;
  char *failure; /* why in words, or NULL */
};

/* ---- for implementations */

/* `store` outlives the sink. */
void sink_begin(sink *to, const sink_calls *calls, const secrets *store);

/* The sink takes nothing any more, for this reason (errno's number). Later reasons are ignored. */
void sink_fail(sink *to, int error);

/* The same, in words (copied): for what errno does not say, such as a database's own message. */
void sink_fail_saying(sink *to, int error, const char *text);

/* Records and states of this stream are not taken any more, for this reason (copied); those of others are. */
void sink_stream_fail(sink_stream *s, const char *text);

/* Finds the next record to write, from `*row` on, and moves `*row` behind it. False: no record is left. */
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

/* The members of the record that sink_next has found, which moved `row` behind it. */
static inline json_entries sink_entries(const sink_records *of, size_t row) {
  bool edited = of->edited && of->edited[row - 1].length;
  return json_entries_of(edited ? NULL : of->noted, row - 1);
}

/* Writes the cursor of a state into `out`, which is empty, for people: its own; of a shard, up to when it has read; or
 * the least of its parts. Nothing, where there is none. False: memory is short. */
bool sink_state_cursor(const char *json, size_t length, bytes *out);

/* ---- for everybody else */

/* Closes its streams. NULL is allowed. */
void sink_free(sink *to);

/* The watcher has all calls, outlives the sink or is taken off by NULL. */
void sink_watch(sink *to, sink_watcher *watcher);

/* Returns 0, or why the sink takes nothing any more: errno's number (EPIPE: the reader is gone; ECANCELED: a verb's
 * function wants no more). All that is written is then dropped. */
int sink_broken(const sink *to);

/* Why in words: those of the sink, or errno's. NULL: it takes more. */
const char *sink_failure(const sink *to);

/* The same for a stream: its own reason, or the sink's. */
const char *sink_stream_failure(const sink_stream *s);

/* Makes all that was written visible to its reader. */
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

/* Hands the configuration over as it is now, secrets included, to be kept for the next run; flushes. False: this sink
 * hands none over, or there is none. */
bool sink_configuration(sink *to);

/* `failure_type`: one of sink_failure_types. `s` (NULL: of no stream) and `internal` may be NULL. */
void sink_error(sink *to, const sink_stream *s, const char *failure_type, const char *message, const char *internal);

/*
 * Makes the lines of an error, and of the end of the stream (may be NULL) that it means, for who cannot call anything
 * when it comes to that. Returns the descriptor that they are for; -1: this sink has none, or memory is short.
 */
int sink_last_words(sink *to, const sink_stream *s, const char *failure_type, const char *message, bytes *line);

/* `status`: one of sink_statuses. */
void sink_status(sink_stream *s, const char *status);

/* RUNNING because of a rate limit, until `reset` (milliseconds since 1970); flushes. */
void sink_rate_limited(sink_stream *s, int64_t reset);
void sink_estimate(sink_stream *s, uint64_t rows);

/* Writes records, after RUNNING if they are the first. Returns their number. */
size_t sink_write(sink_stream *s, const sink_records *of);

/* Writes the state, after every record that it covers, and flushes. `json` is an object's text. */
void sink_state(sink_stream *s, const char *json, size_t length);

/* Reports the end of a read: as data where the sink has `summary`, else as a log line. */
void sink_summarize(sink_stream *s, const sink_summary *of);

/* Shows an event of a stream that is tried; `json` is an object's text. Most sinks ignore it. */
void sink_observe(sink_stream *s, const char *json, size_t length);

#endif
