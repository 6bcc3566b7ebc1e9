/* The command line: makes the loop and a host, and runs one script in one protected call. */
#include "airbyte/airbyte.h"
#include "airbyte/console.h"
#include "base/signals.h"
#include "cli/verbs.h"
#include "lua/loop.h"
#include "lua/modules.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, DEFAULT_AT_ONCE = 5 };

static int help(void) {
  bytes text = {0};
  if (verbs_usage(&text) && bytes_text(&text, "\n") && options_usage(&text)) fputs(text.data, stdout);
  bytes_free(&text);
  return EXIT_SUCCESS;
}

/* With the verbs alone: the options, which are many, would push what is wrong off the screen. */
static int misused(const char *wrong, const char *what) {
  bytes text = {0};
  fprintf(stderr, "perigee: %s%s%s\n\n", wrong, what ? ": " : "", what ? what : "");
  if (verbs_usage(&text)) fprintf(stderr, "%s\nperigee --help lists the options.\n", text.data);
  bytes_free(&text);
  return EXIT_USAGE;
}

/* No core file, and no look into this process by others of the same user: it holds tokens. */
static void close_to_others(void) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef PERIGEE_SANITIZED /* the leak checker needs that look */
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

static bool set_up(runtime *r, const options *o, paths *p) {
  http_limits limits = {.connect = o->connect_timeout, .first_byte = o->first_byte_timeout, .stall = o->stall_timeout};
  limits.max_body = (size_t)o->max_body;
  r->options = o;
  r->paths = p;
  r->open = modules_open;
  r->secrets = secrets_new();
  r->http = r->secrets ? http_new(r->secrets, limits, "perigee/" PERIGEE_VERSION) : NULL;
  r->scheduler = r->http ? scheduler_new(DEFAULT_AT_ONCE, &r->time, &r->rate_headers) : NULL;
  output_open(&r->console, STDOUT_FILENO);
  if (r->scheduler && verbs_for_people(o))
    r->sink = console_new(r->secrets);
  else if (r->scheduler)
    r->sink = airbyte_new(STDOUT_FILENO, r->secrets, &r->time);
  if (r->sink && o->verb && strcmp(o->verb, "read") == 0) r->progress = progress_new(r->sink);
  return r->sink != NULL;
}

static void tear_down(runtime *r) {
  progress_free(r->progress);
  sink_free(r->sink);
  output_free(&r->console);
  scheduler_free(r->scheduler);
  rate_headers_free(r->rate_headers);
  bytes_free(&r->decoded);
  bytecode_free(r->bytecode);
  http_free(r->http);
  secrets_free(r->secrets);
}

/* What a verb returned is the exit status; what it raised is our own fault, and told with its traceback. */
static int status_of(const runtime *r, const task *t, bool interpreted) {
  lua_State *L = t->thread;
  if (!t->failed)
    return t->results > 0 && lua_isinteger(L, -t->results) ? (int)lua_tointeger(L, -t->results) : EXIT_SUCCESS;
  const char *message = lua_tostring(L, -1);
  if (interpreted)
    fprintf(stderr, "%s\n", message);
  else
    sink_error(r->sink, NULL, "system_error", "internal error; please report it with the internal message", message);
  return EXIT_FAILURE;
}

/* Of both of what may stand on standard output. */
static int broken(const runtime *r) {
  return sink_broken(r->sink) ? sink_broken(r->sink) : r->console.error;
}

static int why_stopped(const runtime *r) {
  if (r->loop.stopped) {
    const char *said = "ended by a signal; the last state of each stream resumes it";
    if (verbs_for_people(r->options)) return EXIT_FAILURE; /* they know what they did */
    sink_log(r->sink, "WARN", said, strlen(said));
    sink_flush(r->sink);
    return EXIT_FAILURE;
  }
  fprintf(stderr, "perigee: standard output cannot be written: %s\n", strerror(broken(r)));
  return EXIT_FAILURE;
}

/* The hidden word `lua`: an interpreter with our modules, in which the specs run. Its arguments are `arg`, as in lua.
 */
static bool set_arguments(lua_State *L, char **words) {
  lua_newtable(L);
  for (lua_Integer i = 0; words[i]; i++) {
    lua_pushstring(L, words[i]);
    lua_rawseti(L, -2, i);
  }
  lua_setglobal(L, "arg");
  return true;
}

#define RUN_FILE "local name = ... return assert(loadfile(name, 't'))(table.unpack(arg))"

static int run_host(runtime *r, host *h, char **interpreted) {
  if (interpreted) set_arguments(h->L, interpreted);
  task *t = interpreted ? task_start(h, RUN_FILE, interpreted[0], "", 0)
                        : task_start(h, TASK_RUN_SCRIPT, r->options->verb, "", 0);
  if (!t) {
    fprintf(stderr, "perigee: %s\n", lua_tostring(h->L, -1));
    return EXIT_FAILURE;
  }
  return loop_run(r, t) ? status_of(r, t, interpreted != NULL) : why_stopped(r);
}

static int run(runtime *r, char **interpreted) {
  host *h = host_new(r, interpreted ? HOST_INTERPRETER : HOST_VERB, NULL);
  int status = h ? run_host(r, h, interpreted) : EXIT_FAILURE;
  if (!h) fputs("perigee: memory is short\n", stderr);
  host_free(h);
  sink_flush(r->sink);
  return status == EXIT_SUCCESS && broken(r) ? why_stopped(r) : status;
}

static void warn_of_faults(const runtime *r) {
  bytes asked = {0}, warning = {0};
  const char *idle = r->options->fault[0] ? recording_idle_fault(r->recording, &asked) : NULL;
  if (idle && bytes_printf(&warning, "--fault %s was not injected; the streams that made requests are: %s", idle,
                           asked.length ? asked.data : "none"))
    sink_log(r->sink, "WARN", warning.data, warning.length);
  bytes_free(&asked);
  bytes_free(&warning);
}

static int with_recording(runtime *r, const options *o, char **interpreted) {
  bytes why = {0};
  r->recording = recording_new(r->http, r->secrets, &r->time, o->fault, &why);
  bool ok = r->recording && (!o->record || recording_record(r->recording, o->record, &why)) &&
            (!o->replay || recording_replay(r->recording, o->replay, &why));
  int status = ok ? run(r, interpreted) : EXIT_FAILURE;
  if (ok) warn_of_faults(r);
  if (!ok) sink_error(r->sink, NULL, "config_error", why.data, NULL);
  if (!recording_free(r->recording, &why)) {
    sink_error(r->sink, NULL, "system_error", why.data, NULL);
    status = EXIT_FAILURE;
  }
  bytes_free(&why);
  return status;
}

static int with_loop(const options *o, char **interpreted) {
  runtime r = {0};
  paths p = {0};
  bytes tried = {0};
  int status = EXIT_FAILURE;
  if (!paths_find(&p, &tried))
    fprintf(stderr, "perigee: its scripts and schemas are not in %s\n", tried.length ? tried.data : "?");
  else if (!signals_install() || !set_up(&r, o, &p))
    fputs("perigee: memory is short\n", stderr);
  else
    status = with_recording(&r, o, interpreted);
  int stopped = r.loop.stopped, error = r.sink ? broken(&r) : 0;
  tear_down(&r);
  paths_free(&p);
  bytes_free(&tried);
  if (stopped) signals_exit(stopped);
  if (error == EPIPE) signals_exit(SIGPIPE);
  return status;
}

int main(int argc, char **argv) {
  options o = {0};
  bytes wrong = {0};
  const char *misuse, *about;
  bool interpreter = argc > 2 && strcmp(argv[1], "lua") == 0;
  close_to_others();
  bool read = options_read(&o, interpreter ? 1 : argc, argv, &wrong);
  int status;
  if (read && interpreter)
    status = with_loop(&o, argv + 2);
  else if (read && o.version)
    status = puts("perigee " PERIGEE_VERSION) < 0;
  else if (read && o.help)
    status = help();
  else if (!read)
    status = misused(wrong.data, NULL);
  else if (!verbs_settle(&o))
    status = misused("--scripts is given too often", NULL);
  else if ((misuse = verbs_misuse(&o, &about)))
    status = misused(misuse, about);
  else
    status = with_loop(&o, NULL);
  bytes_free(&wrong);
  return status;
}
