#include "har/recording.h"

#include "har/har.h"
#include "har/inject.h"

#include <stdlib.h>

struct recording {
  http *http;
  const secrets *store;
  timeline *time;
  har_writer *writer;
  har_reader *reader;
  faults *faults;
};

recording *recording_new(http *h, const secrets *store, timeline *time, const char *const *specs, bytes *why) {
  faults *f = faults_new(specs, why);
  if (!f) return NULL;
  recording *r = calloc(1, sizeof *r);
  if (r) {
    *r = (recording){.http = h, .store = store, .time = time, .faults = f};
    return r;
  }
  faults_free(f);
  bytes_text(why, "memory is short");
  return NULL;
}

static void write_down(void *user, http_exchange *x) {
  recording *r = user;
  har_write(r->writer, x); /* what went wrong, har_close tells */
}

static bool answer(void *user, http_exchange *x) {
  recording *r = user;
  int64_t ended = faults_answer(r->faults, r->reader, x);
  timeline_reach(r->time, ended);
  return true;
}

bool recording_record(recording *r, const char *path, bytes *why) {
  http_observe(r->http, NULL, NULL);
  bool ok = har_close(r->writer, why);
  r->writer = NULL;
  if (!path) return ok;
  r->writer = ok ? har_create(path, r->store, PERIGEE_VERSION, why) : NULL;
  if (r->writer) http_observe(r->http, write_down, r);
  return r->writer != NULL;
}

/* A recording that says no times leaves the system's clock. */
bool recording_replay(recording *r, const char *path, bytes *why) {
  har_reader *reader = path ? har_open(path, why) : NULL;
  if (path && !reader) return false; /* what answered goes on: the network must not, unasked */
  http_respond_from(r->http, NULL, NULL);
  timeline_release(r->time);
  har_free(r->reader);
  r->reader = reader;
  if (!reader) return true;
  faults_rewind(r->faults);
  http_respond_from(r->http, answer, r);
  int64_t begins = har_begins(r->reader);
  if (begins != INT64_MIN) timeline_fix(r->time, begins);
  return true;
}

bool recording_is_on(const recording *r) {
  return r && (r->writer || r->reader);
}

const char *recording_first_url(const recording *r) {
  return r->reader ? har_first_url(r->reader) : NULL;
}

const char *recording_idle_fault(const recording *r, bytes *asked) {
  return faults_idle(r->faults, asked);
}

bool recording_free(recording *r, bytes *why) {
  if (!r) return true;
  bool ok = recording_record(r, NULL, why);
  recording_replay(r, NULL, why);
  faults_free(r->faults);
  free(r);
  return ok;
}
