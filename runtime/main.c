/* The command line: sets the process up, runs one script, and says by its exit status how that went. */
#include "base/printable.h"
#include "base/signals.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "lua/child_main.h"
#include "lua/loop.h"
#include "lua/modules.h"
#include "lua/stop.h"
#include "secrets/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* No core file, and no look into this process by others of the same user: it holds tokens. */
static void close_to_others(void) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef PERIGEE_SANITIZED /* the leak checker needs that look */
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

/*
 * Standard descriptors that came closed would be given to the next files and sockets, and output would go there. Here
 * they are files that cannot be written.
 */
static void fill_standard_descriptors(void) {
  int last;
  do last = open("/dev/null", O_RDONLY);
  while (last >= 0 && last <= STDERR_FILENO);
  if (last > STDERR_FILENO) close(last);
}

/* ---- exit status */

/* A line on standard error of what keeps perigee itself from its work; a text of NULL: memory is short. */
static void complain(const char *text) {
  fputs("perigee: ", stderr);
  printable_line(stderr, text ? text : "memory is short");
}

static int report_stop(const runtime *r) {
  static const char by_signal[] =
      "ended by a signal; the next read goes on from the last state of each stream, but begins "
      "a full refresh anew that `discover` does not mark as is_resumable";
  if (r->loop.is_deaf) {
    complain("the system does not let it wait for anything any more");
  } else if (!r->loop.stopped && runtime_output_error(r) == ENOMEM) {
    complain(NULL);
  } else if (!r->loop.stopped) {
    fprintf(stderr, "perigee: standard output cannot be written: %s\n", runtime_output_failure(r));
  } else if (!verbs_for_people(r->options)) { /* people know what they did */
    sink_log(r->sink, "WARN", by_signal, sizeof by_signal - 1);
    sink_flush(r->sink);
  }
  return EXIT_FAILURE;
}

/* What a verb returned is the exit status; an error that it raised is our own fault. */
static int status_of(const runtime *r, const task *t, bool interpreted) {
  lua_State *L = t->thread;
  if (!t->failed)
    return t->results > 0 && lua_isinteger(L, -t->results) ? (int)lua_tointeger(L, -t->results) : EXIT_SUCCESS;
  const char *message = lua_tostring(L, -1);
  if (interpreted)
    printable_line(stderr, message);
  else
    sink_error(r->sink, NULL, "system_error", "internal error; please report it with the internal message", message);
  return runtime_output_error(r) ? report_stop(r) : EXIT_FAILURE;
}

/* ---- the script */

/* The hidden word `lua` is an interpreter with our modules, in which specs run: its words are `arg`, as in lua. */
static void set_arguments(lua_State *L, char **words) {
  lua_newtable(L);
  for (lua_Integer i = 0; words[i]; i++) {
    lua_pushstring(L, words[i]);
    lua_rawseti(L, -2, i);
  }
  lua_setglobal(L, "arg");
}

#define RUN_FILE "local name = ... return assert(loadfile(name, 't'))(table.unpack(arg))"

/* `interpreted`: the interpreter's words, or NULL: the script is the verb's. */
static int run_in(runtime *r, host *h, char **interpreted) {
  if (interpreted) set_arguments(h->L, interpreted);
  task *t = interpreted ? task_start(h, RUN_FILE, interpreted[0], "", 0)
                        : task_start(h, TASK_RUN_SCRIPT, r->options->verb, "", 0);
  if (!t) {
    complain(lua_tostring(h->L, -1));
    return EXIT_FAILURE;
  }
  return loop_run(r, t) ? status_of(r, t, interpreted != NULL) : report_stop(r);
}

static int run(runtime *r, char **interpreted) {
  runtime_give_up(r, PERMISSIONS_AT_START);
  host *h = host_new(r, interpreted ? HOST_INTERPRETER : HOST_VERB, NULL);
  if (h && !stop_prepare(h, "a script of perigee")) host_free(h), h = NULL;
  int status = h ? run_in(r, h, interpreted) : EXIT_FAILURE;
  if (!h) complain(NULL);
  host_free(h);
  sink_flush(r->sink);
  return status == EXIT_SUCCESS && runtime_output_error(r) ? report_stop(r) : status;
}

/* ---- set up and tear down */

static void warn_of_faults(const runtime *r) {
  bytes asked = {0}, warning = {0};
  const char *idle = r->options->fault[0] ? recording_idle_fault(r->recording, &asked) : NULL;
  if (idle && bytes_printf(&warning, "--fault %s was not injected; the streams that made requests are: %s", idle,
                           asked.length ? asked.data : "none"))
    sink_log(r->sink, "WARN", warning.data, warning.length);
  bytes_free(&asked);
  bytes_free(&warning);
}

/* Where memory was too short for words, `why` is empty; so it may be for a message of the protocol. */
static void report_failure(const runtime *r, const char *failure_type, const bytes *why) {
  if (why->length)
    sink_error(r->sink, NULL, failure_type, why->data, NULL);
  else
    complain(NULL);
}

static int run_recorded(runtime *r, const options *o, char **interpreted) {
  bytes why = {0};
  r->recording = recording_new(r->http, r->secrets, &r->time, o->fault, &why);
  bool ok = r->recording && (!o->record || recording_record(r->recording, o->record, &why)) &&
            (!o->replay || recording_replay(r->recording, o->replay, &why));
  int status = ok ? run(r, interpreted) : EXIT_FAILURE;
  if (ok)
    warn_of_faults(r);
  else
    report_failure(r, "config_error", &why);
  bytes_clear(&why);
  if (!recording_free(r->recording, &why)) {
    report_failure(r, "system_error", &why);
    status = EXIT_FAILURE;
  }
  bytes_free(&why);
  return status;
}

/* A server's bytes can have a script run without end, a person who types may want one to. */
static bool limit_time(runtime *r, const options *o, char **interpreted) {
  r->script_time = interpreted ? 0 : o->main_time ? o->main_time : STOP_MAIN_TIME;
  return interpreted || signals_limit(r->script_time);
}

/* Signals that ended the loop end the process, so that its parent sees them. Children come from a process that is
 * forked before a recording or a configuration was read. */
static int run_process(const options *o, const paths *p, char **interpreted) {
  runtime r;
  child_home home = {.options = o, .paths = p, .open = modules_open};
  fork_server_work work = child_main_work(&home);
  int status = EXIT_FAILURE;
  bool ok = runtime_set_up(&r, o, p, modules_open) && signals_install() && limit_time(&r, o, interpreted);
  if (ok && verbs_run_own_streams(o)) r.forks = fork_server_start(&work);
  if (ok)
    status = run_recorded(&r, o, interpreted);
  else
    complain(NULL);
  int stopped = r.loop.stopped, error = runtime_output_error(&r);
  fork_server_stop(r.forks);
  runtime_tear_down(&r);
  if (stopped) signals_exit(stopped);
  if (error == EPIPE) signals_exit(SIGPIPE);
  return status;
}

static int find_and_run(const options *o, char **interpreted) {
  paths p = {0};
  bytes tried = {0};
  int status = EXIT_FAILURE;
  if (paths_find(&p, &tried))
    status = run_process(o, &p, interpreted);
  else
    fprintf(stderr, "perigee: its scripts and schemas are not in %s\n", tried.length ? tried.data : "?");
  paths_free(&p);
  bytes_free(&tried);
  return status;
}

/* ---- the command line */

static int print_usage(const char *verb) {
  bytes text = {0};
  if (verbs_has(verb) ? usage_of_verb(verb, &text) : usage_whole(&text)) fputs(text.data, stdout);
  bytes_free(&text);
  return EXIT_SUCCESS;
}

static int report_misuse(const bytes *wrong) {
  bytes text = {0};
  complain(wrong->length ? wrong->data : NULL);
  fputc('\n', stderr);
  if (usage_of_verbs(&text)) fputs(text.data, stderr);
  bytes_free(&text);
  return EXIT_USAGE;
}

static int run_verb(options *o, bytes *wrong) {
  if (o->version) return version_print() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (o->help) return print_usage(o->verb);
  return verbs_check(o, wrong) ? find_and_run(o, NULL) : report_misuse(wrong);
}

int main(int argc, char **argv) {
  options o;
  bytes wrong = {0};
  bool interpreter = argc > 2 && strcmp(argv[1], "lua") == 0;
  int status;
  fill_standard_descriptors();
  close_to_others();
  if (!environment_hide()) {
    complain(NULL);
    return EXIT_FAILURE;
  }
  if (!options_read(&o, interpreter ? 1 : argc, argv, &wrong))
    status = report_misuse(&wrong);
  else
    status = interpreter ? find_and_run(&o, argv + 2) : run_verb(&o, &wrong);
  bytes_free(&wrong);
  return status;
}
