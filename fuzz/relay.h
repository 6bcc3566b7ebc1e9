/* The parts of the target `relay`: the parent's services, what a child may say, and what must hold of what goes out. */
#ifndef PERIGEE_FUZZ_RELAY_H
#define PERIGEE_FUZZ_RELAY_H

#include "airbyte/airbyte.h"
#include "auth/logins.h"
#include "base/watch.h"
#include "input.h"
#include "pacing/scheduler.h"

#include <stdint.h>

#define CONFIGURED "http://127.0.0.1:8001/api"
#define GRANTED "http://127.0.0.1:8002"
#define GRANTED_PUBLIC "http://203.0.113.7:8003"
#define STREAM "a stream"
#define TOKEN "sntrys_6b1f0e9d2c"

typedef struct relay_world {
  secrets *store;
  http *client;
  rate_headers *headers;
  scheduler *scheduler;
  logins *logins;
  timeline time;
  watch *watches;
  input_file file; /* standard output's stand-in */
  sink *out;
  sink_stream *stream;
  const char *name_space; /* of it, or NULL */
  bytes told;             /* all lines that the child wrote */
} relay_world;

void relay_world_make(relay_world *w, const char *name_space);
void relay_world_free(relay_world *w);

typedef struct relay_input {
  const uint8_t *data;
  size_t size;
} relay_input;

/* Each takes choices off the input, and appends what the child writes. */
void relay_message(relay_input *in, bytes *out);
void relay_line(relay_input *in, const relay_world *w, bytes *out);
void relay_raw(relay_input *in, bytes *out);

/* A server answers the oldest request that has none. */
void relay_answer(relay_input *in);

/* What libcurl connected to and sent was granted. */
void relay_check_requests(bool may_grant, bool is_cloud);

/* What was written is lines of that stream. `failed`: not all that the child wrote had to be. */
void relay_check_output(relay_world *w, bool is_stream, bool failed);

#endif
