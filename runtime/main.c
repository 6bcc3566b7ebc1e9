/* The command line: makes the loop and a host, and runs one script in one protected call. */
#include "airbyte/console.h"
#include "base/signals.h"
#include "cli/verbs.h"
#include "lua/host.h"

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
  if (options_usage(&text)) fputs(text.data, stdout);
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

static bool set_up(loop *l, const options *o, paths *p) {
  http_limits limits = {.connect = o->connect_timeout, .first_byte = o->first_byte_timeout, .stall = o->stall_timeout};
  limits.max_body = (size_t)o->max_body;
  l->options = o;
  l->paths = p;
  l->secrets = secrets_new();
  l->http = l->secrets ? http_new(l->secrets, limits, "perigee/" PERIGEE_VERSION) : NULL;
  l->scheduler = l->http ? scheduler_new(DEFAULT_AT_ONCE, &l->time) : NULL;
  output_open(&l->console, STDOUT_FILENO);
  if (l->scheduler && verbs_for_people(o))
    l->airbyte = airbyte_new_to(console_tell, NULL, l->secrets, &l->time);
  else if (l->scheduler)
    l->airbyte = airbyte_new(STDOUT_FILENO, l->secrets, &l->time);
  if (l->airbyte && o->verb && strcmp(o->verb, "read") == 0) l->progress = progress_new(l->airbyte);
  return l->airbyte != NULL;
}

static void tear_down(loop *l) {
  progress_free(l->progress);
  airbyte_free(l->airbyte);
  output_free(&l->console);
  scheduler_free(l->scheduler);
  bytes_free(&l->decoded);
  bytecode_free(l->bytecode);
  http_free(l->http);
  secrets_free(l->secrets);
}

/* What a verb returned is the exit status; what it raised is our own fault, and told with its traceback. */
static int status_of(const loop *l, const task *t, bool interpreted) {
  lua_State *L = t->thread;
  if (!t->failed)
    return t->results > 0 && lua_isinteger(L, -t->results) ? (int)lua_tointeger(L, -t->results) : EXIT_SUCCESS;
  const char *message = lua_tostring(L, -1);
  if (interpreted)
    fprintf(stderr, "%s\n", message);
  else
    airbyte_error(l->airbyte, NULL, "system_error", "internal error; please report it with the internal message",
                  message);
  return EXIT_FAILURE;
}

/* Of both of what may stand on standard output. */
static int broken(const loop *l) {
  return airbyte_broken(l->airbyte) ? airbyte_broken(l->airbyte) : l->console.error;
}

static int why_stopped(const loop *l) {
  if (l->stopped) {
    const char *said = "ended by a signal; the last state of each stream resumes it";
    if (verbs_for_people(l->options)) return EXIT_FAILURE; /* they know what they did */
    airbyte_log(l->airbyte, "WARN", said, strlen(said));
    airbyte_flush(l->airbyte);
    return EXIT_FAILURE;
  }
  fprintf(stderr, "perigee: standard output cannot be written: %s\n", strerror(broken(l)));
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

static int run_host(loop *l, host *h, char **interpreted) {
  if (interpreted) set_arguments(h->L, interpreted);
  task *t = interpreted ? host_start(h, RUN_FILE, interpreted[0], "", 0)
                        : host_start(h, HOST_RUN_SCRIPT, l->options->verb, "", 0);
  if (!t) {
    fprintf(stderr, "perigee: %s\n", lua_tostring(h->L, -1));
    return EXIT_FAILURE;
  }
  return loop_run(l, t) ? status_of(l, t, interpreted != NULL) : why_stopped(l);
}

static int run(loop *l, char **interpreted) {
  host *h = host_new(l, interpreted ? HOST_INTERPRETER : HOST_VERB, NULL);
  int status = h ? run_host(l, h, interpreted) : EXIT_FAILURE;
  if (!h) fputs("perigee: memory is short\n", stderr);
  host_free(h);
  airbyte_flush(l->airbyte);
  return status == EXIT_SUCCESS && broken(l) ? why_stopped(l) : status;
}

static void warn_of_faults(const loop *l) {
  bytes asked = {0}, warning = {0};
  const char *idle = l->options->fault[0] ? recording_idle_fault(l->recording, &asked) : NULL;
  if (idle && bytes_printf(&warning, "--fault %s struck nothing; the streams that asked are: %s", idle,
                           asked.length ? asked.data : "none"))
    airbyte_log(l->airbyte, "WARN", warning.data, warning.length);
  bytes_free(&asked);
  bytes_free(&warning);
}

static int with_recording(loop *l, const options *o, char **interpreted) {
  bytes why = {0};
  l->recording = recording_new(l->http, l->secrets, &l->time, o->fault, &why);
  bool ok = l->recording && (!o->record || recording_record(l->recording, o->record, &why)) &&
            (!o->replay || recording_replay(l->recording, o->replay, &why));
  int status = ok ? run(l, interpreted) : EXIT_FAILURE;
  if (ok) warn_of_faults(l);
  if (!ok) airbyte_error(l->airbyte, NULL, "config_error", why.data, NULL);
  if (!recording_free(l->recording, &why)) {
    airbyte_error(l->airbyte, NULL, "system_error", why.data, NULL);
    status = EXIT_FAILURE;
  }
  bytes_free(&why);
  return status;
}

static int with_loop(const options *o, char **interpreted) {
  loop l = {0};
  paths p = {0};
  bytes tried = {0};
  int status = EXIT_FAILURE;
  if (!paths_find(&p, &tried))
    fprintf(stderr, "perigee: its scripts and schemas are not in %s\n", tried.length ? tried.data : "?");
  else if (!signals_install() || !set_up(&l, o, &p))
    fputs("perigee: memory is short\n", stderr);
  else
    status = with_recording(&l, o, interpreted);
  int stopped = l.stopped, error = l.airbyte ? broken(&l) : 0;
  tear_down(&l);
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
