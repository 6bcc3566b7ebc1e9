#include "lua/runtime.h"

#include "airbyte/airbyte.h"
#include "airbyte/console.h"
#include "cli/verbs.h"

#include <string.h>
#include <unistd.h>

#define DEFAULT_AT_ONCE 5 /* requests to an endpoint, until its responses or the configuration say otherwise */

static sink *open_sink(const runtime *r) {
  return verbs_for_people(r->options) ? console_new(r->secrets) : airbyte_new(STDOUT_FILENO, r->secrets, &r->time);
}

bool runtime_set_up(runtime *r, const options *o, const paths *p, int (*open)(lua_State *L)) {
  http_limits limits = {.connect = o->connect_timeout, .first_byte = o->first_byte_timeout, .stall = o->stall_timeout};
  limits.max_body = (size_t)o->max_body;
  *r = (runtime){.options = o, .paths = p, .open = open};
  output_open(&r->console, STDOUT_FILENO);
  r->secrets = secrets_new();
  r->http = r->secrets ? http_new(r->secrets, limits, "perigee/" PERIGEE_VERSION) : NULL;
  r->scheduler = r->http ? scheduler_new(DEFAULT_AT_ONCE, &r->time, &r->rate_headers) : NULL;
  r->logins = r->scheduler ? logins_new(r->http, &r->time, r->secrets) : NULL;
  r->sink = r->logins ? open_sink(r) : NULL;
  if (r->sink && verbs_show_progress(o)) r->progress = progress_new(r->sink);
  if (r->sink && o->verb && !verbs_for_people(o)) r->terminal = terminal_new(r->sink, verbs_show_progress(o));
  return r->sink != NULL;
}

void runtime_tear_down(runtime *r) {
  progress_free(r->progress);
  terminal_free(r->terminal);
  sink_free(r->sink);
  output_free(&r->console);
  scheduler_free(r->scheduler);
  rate_headers_free(r->rate_headers);
  bytes_free(&r->decoded);
  bytecode_free(r->bytecode);
  logins_free(r->logins);
  http_free(r->http);
  secrets_free(r->secrets);
}

int runtime_output_error(const runtime *r) {
  int error = r->sink ? sink_broken(r->sink) : 0;
  return error ? error : r->console.error;
}

const char *runtime_output_failure(const runtime *r) {
  const char *why = r->sink ? sink_failure(r->sink) : NULL;
  return why || !r->console.error ? why : strerror(r->console.error);
}
