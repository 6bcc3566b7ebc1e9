#include "har/writer.h"

#include "base/clock.h"
#include "base/plural.h"
#include "har/file.h"
#include "har/message.h"
#include "http/http_error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct har_writer {
  har_redact *redact;
  bytes path;
  har_file out;
  size_t entries;
};

/* ---- the entry */

static har_message message_of(har_writer *w) {
  return (har_message){.file = &w->out, .redact = w->redact};
}

static int64_t later(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* Connecting counts as sending. What an exchange did not live to see took no time. */
static void put_timings(har_writer *w, const http_exchange *x) {
  int64_t ended = later(x->ended, x->started);
  int64_t sent = x->sent ? later(x->sent, x->started) : ended;
  int64_t first = x->first ? later(x->first, sent) : later(ended, sent);
  har_file_put_number(&w->out, ",\"cache\":{},\"timings\":{\"send\":", sent - x->started);
  har_file_put_number(&w->out, ",\"wait\":", first - sent);
  har_file_put_number(&w->out, ",\"receive\":", later(ended, first) - first);
  har_file_put_number(&w->out, "},\"time\":", later(ended, first) - x->started);
}

/* Of the entry, not of the response: there a browser shows it as text, and this is an object. */
static void put_error(har_writer *w, const http_exchange *x) {
  if (x->code == HTTP_OK) return;
  har_file_put(&w->out, ",\"_error\":{\"code\":\"");
  har_file_put(&w->out, http_code_name(x->code));
  har_message_put_text(message_of(w), "\",\"message\":", x->message, strlen(x->message));
  har_file_put(&w->out, "}");
}

static void put_entry(har_writer *w, const http_exchange *x) {
  char when[CLOCK_TEXT_SIZE] = "1970-01-01T00:00:00.000000Z";
  clock_format(x->began, when);
  har_file_put(&w->out, "{\"startedDateTime\":\"");
  har_file_put(&w->out, when);
  har_file_put(&w->out, "\"");
  har_message_put_request(message_of(w), x);
  size_t masked_in_body = har_message_put_response(message_of(w), x);
  put_timings(w, x);
  put_error(w, x);
  har_file_put(&w->out, ",\"comment\":\"");
  if (w->redact->masked) har_file_put(&w->out, "values of secrets were overwritten by asterisks");
  if (masked_in_body) har_file_put(&w->out, ", in the body too");
  har_file_put(&w->out, "\"}");
}

bool har_writer_write(har_writer *w, const http_exchange *x) {
  if (w->out.error) return false;
  w->redact->masked = 0;
  har_file_begin(&w->out);
  har_file_put(&w->out, w->entries ? ",\n" : "\n");
  put_entry(w, x);
  if (!har_file_commit(&w->out)) return false;
  w->entries++;
  return true;
}

/* ---- opening and closing */

static void put_head(har_writer *w, const char *version) {
  har_file_begin(&w->out);
  har_file_put(&w->out, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"perigee\",\"version\":");
  har_file_put_string(&w->out, version, strlen(version));
  har_file_put(&w->out, "},\"pages\":[],\"entries\":[");
  har_file_commit(&w->out);
}

har_writer *har_writer_open(const char *path, har_redact *redact, const char *version, bytes *why) {
  har_writer *w = calloc(1, sizeof *w);
  if (!w) {
    bytes_text(why, "memory is short");
    return NULL;
  }
  w->redact = redact;
  bool ok = har_file_open(&w->out, path, "\n]}}\n");
  if (ok && !bytes_text(&w->path, path)) har_file_fail(&w->out, ENOMEM);
  if (ok) put_head(w, version);
  if (!w->out.error) return w;
  bytes_printf(why, "cannot write the recording %s: %s", path, strerror(w->out.error));
  har_file_close(&w->out);
  bytes_free(&w->path);
  free(w);
  return NULL;
}

bool har_writer_close(har_writer *w, bytes *why) {
  if (!w) return true;
  bool ok = har_file_close(&w->out);
  if (!ok)
    bytes_printf(why, "the recording %s ends after %zu %s, as it could not be written further: %s", w->path.data,
                 w->entries, plural(w->entries, "exchange", "exchanges"), strerror(w->out.error));
  bytes_free(&w->path);
  free(w);
  return ok;
}
