#include "lua/runtime.h"

#include "airbyte/airbyte.h"
#include "airbyte/console.h"
#include "cli/verbs.h"
#include "destination/landing.h"
#include "http/response_store.h"
#include "ledger/ledger.h"

#include <string.h>
#include <unistd.h>

#define DEFAULT_AT_ONCE 5 /* requests to an endpoint, until its responses or the configuration say otherwise */

static sink *open_sink(const runtime *r) {
  return verbs_for_people(r->options) ? console_new(r->secrets) : airbyte_new(STDOUT_FILENO, r->secrets, &r->time);
}

/* A server has given a new refresh token in place of one, which is used up: whoever can hand it over next time keeps
 * it. */
static void keep_secret(void *user, const char *handle) {
  const runtime *r = user;
  const char *name = secrets_called(r->secrets, handle), *level = "WARN", *how;
  bytes words = {0};
  if (r->landing && destination_keep_secret(landing_destination(r->landing), r->secrets, handle))
    level = "INFO", how = "the destination keeps the new one, in _perigee_secrets";
  else if (!r->landing && !isatty(STDOUT_FILENO) && sink_configuration(r->sink))
    level = "INFO", how = "a CONTROL line holds the configuration with the new one, for the next run";
  else
    how = "nothing keeps the new one here, so the configuration's may not work any more; a platform that takes CONTROL "
          "lines keeps it, and `sync` to a database does";
  if (bytes_printf(&words, "the server gave a new secret in place of '%s'; %s", name ? name : handle, how))
    sink_log(r->sink, level, words.data, words.length);
  bytes_free(&words);
}

static void tell_login(void *user, const char *words) {
  const runtime *r = user;
  sink_log(r->sink, "INFO", words, strlen(words));
}

http_limits runtime_http_limits(const options *o) {
  http_limits limits = {.connect = o->connect_timeout, .first_byte = o->first_byte_timeout, .stall = o->stall_timeout};
  limits.max_body = (size_t)o->max_body;
  return limits;
}

bool runtime_set_up(runtime *r, const options *o, const paths *p, int (*open)(lua_State *L)) {
  *r = (runtime){.options = o, .paths = p, .open = open};
  output_open(&r->console, STDOUT_FILENO);
  r->secrets = secrets_new();
  r->http = r->secrets ? http_new(r->secrets, runtime_http_limits(o), "perigee/" PERIGEE_VERSION) : NULL;
  r->scheduler = r->http ? scheduler_new(DEFAULT_AT_ONCE, &r->time, &r->rate_headers) : NULL;
  r->logins = r->scheduler ? logins_new(r->http, r->scheduler, &r->time, r->secrets) : NULL;
  if (r->logins) logins_watch(r->logins, keep_secret, tell_login, r);
  r->sink = r->logins ? open_sink(r) : NULL;
  if (r->sink && verbs_show_progress(o)) r->progress = progress_new(r->sink);
  if (r->sink && o->verb && !verbs_for_people(o)) r->terminal = terminal_new(r->sink, verbs_show_progress(o));
  return r->sink != NULL;
}

void runtime_tear_down(runtime *r) {
  progress_free(r->progress);
  terminal_free(r->terminal);
  sink_free(r->sink);
  if (r->ledger) r->ledger->calls->close(r->ledger);
  output_free(&r->console);
  scheduler_free(r->scheduler);
  rate_headers_free(r->rate_headers);
  bytes_free(&r->decoded);
  bytecode_free(&r->bytecode);
  logins_free(r->logins);
  response_store_free(r->responses);
  http_free(r->http);
  secrets_free(r->secrets);
}

response_store *runtime_responses(runtime *r) {
  if (!r->responses && !r->parent && !r->has_no_responses) {
    r->responses = response_store_new(r->http);
    r->has_no_responses = !r->responses;
  }
  return r->responses;
}

/* A child process gives up more, by itself (child/in_child/). */
void runtime_give_up(runtime *r, permissions_moment now) {
  if (r->parent || r->has_limits) return;
  permissions_trust trust = {0};
  bytes told = {0};
  r->has_limits = now == PERMISSIONS_ON_WAIT;
  http_trusted(r->http, &trust.file, &trust.folder);
  if (r->has_limits && r->options->verb) (void)runtime_responses(r); /* its file could not be made later */
  permissions_give_up(r->options, r->paths, now, trust, &told);
  if (told.length && r->options->debug) sink_log(r->sink, "DEBUG", told.data, told.length);
  bytes_free(&told);
}

int runtime_output_error(const runtime *r) {
  int error = r->sink ? sink_broken(r->sink) : 0;
  return error ? error : r->console.error;
}

const char *runtime_output_failure(const runtime *r) {
  const char *why = r->sink ? sink_failure(r->sink) : NULL;
  return why || !r->console.error ? why : strerror(r->console.error);
}
