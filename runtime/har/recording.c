#include "har/recording.h"

#include "har/inject.h"
#include "har/reader.h"
#include "har/writer.h"

#include <stdlib.h>

struct recording {
  http *http;
  timeline *time;
  har_redact redact;
  har_writer *writer;
  har_reader *reader;
  har_inject *inject;
};

recording *recording_new(http *h, const secrets *store, timeline *time, const char *const *faults, bytes *why) {
  har_inject *i = har_inject_new(faults, why);
  if (!i) return NULL;
  recording *r = calloc(1, sizeof *r);
  if (r) {
    *r = (recording){.http = h, .time = time, .redact.store = store, .inject = i};
    return r;
  }
  har_inject_free(i);
  bytes_text(why, "memory is short");
  return NULL;
}

static void write_down(void *user, http_exchange *x) {
  recording *r = user;
  har_writer_write(r->writer, x); /* what went wrong, har_writer_close tells */
}

static bool respond(void *user, http_exchange *x) {
  recording *r = user;
  int64_t ended = har_inject_respond(r->inject, r->reader, x);
  timeline_reach(r->time, ended);
  return true;
}

bool recording_record(recording *r, const char *path, bytes *why) {
  http_observe(r->http, NULL, NULL);
  bool ok = har_writer_close(r->writer, why);
  r->writer = NULL;
  if (!path) return ok;
  r->writer = ok ? har_writer_open(path, &r->redact, PERIGEE_VERSION, why) : NULL;
  if (r->writer) http_observe(r->http, write_down, r);
  return r->writer != NULL;
}

/* A recording that says no times leaves the system's clock. */
static void use(recording *r, har_reader *reader) {
  http_respond_from(r->http, NULL, NULL);
  timeline_release(r->time);
  har_reader_free(r->reader);
  r->reader = reader;
  if (!reader) return;
  har_inject_rewind(r->inject);
  http_respond_from(r->http, respond, r);
  int64_t begins = har_reader_begins(r->reader);
  if (begins != INT64_MIN) timeline_fix(r->time, begins);
}

/* Where one cannot be read, the replay goes on: the network must not respond unasked. */
bool recording_replay(recording *r, const char *path, bytes *why) {
  har_reader *reader = path ? har_reader_open(path, why) : NULL;
  if (path && !reader) return false;
  use(r, reader);
  return true;
}

bool recording_replay_text(recording *r, const char *text, size_t length, bytes *why) {
  har_reader *reader = har_reader_of(text, length, why);
  if (reader) use(r, reader);
  return reader != NULL;
}

bool recording_redact(recording *r, const char *member) {
  return har_redact_add(&r->redact, member);
}

bool recording_is_on(const recording *r) {
  return r && (r->writer || r->reader);
}

bool recording_is_replayed(const recording *r) {
  return r && r->reader;
}

const char *recording_first_url(const recording *r) {
  return r->reader ? har_reader_first_url(r->reader) : NULL;
}

const char *recording_idle_fault(const recording *r, bytes *streams) {
  return har_inject_idle(r->inject, streams);
}

bool recording_free(recording *r, bytes *why) {
  if (!r) return true;
  bool ok = recording_record(r, NULL, why);
  recording_replay(r, NULL, why);
  har_inject_free(r->inject);
  har_redact_free(&r->redact);
  free(r);
  return ok;
}
