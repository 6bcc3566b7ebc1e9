#include "process.h"

#include "input.h"
#include "lua/loop.h"
#include "lua/modules.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int64_t begins = INT64_C(1767225600000000); /* 2026-01-01, in microseconds */

static paths places;
static bytecode *compiled;
static void (*on_turn)(void);

void process_words(options *o, char **words) {
  static bytes why;
  int count = 0;
  while (words[count]) count++;
  MUST(options_read(o, count, words, &why));
}

void process_prepare(const input_file *output) {
  MUST(clearenv() == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR); /* a proxy of ours would be asked */
  MUST(!output || dup2(output->descriptor, STDOUT_FILENO) == STDOUT_FILENO);
  MUST(bytes_text(&places.scripts, FUZZ_SOURCE "/scripts") && bytes_text(&places.schemas, FUZZ_SOURCE "/schemas") &&
       bytes_text(&places.custom_streams, FUZZ_SOURCE "/no-such-folder"));
}

void process_begin(runtime *r, const options *o) {
  static bytes why;
  MUST(runtime_set_up(r, o, &places, modules_open));
  r->recording = recording_new(r->http, r->secrets, &r->time, o->fault, &why);
  MUST(r->recording);
  timeline_fix(&r->time, begins);
  r->has_limits = true;
  r->bytecode = compiled;
  compiled = NULL;
}

void process_end(runtime *r) {
  static bytes why;
  compiled = r->bytecode;
  r->bytecode = NULL;
  MUST(recording_free(r->recording, &why));
  runtime_tear_down(r);
}

static void turn(watch *w) {
  (void)w;
  on_turn();
}

bool process_loop(runtime *r, task *until, void (*step)(void)) {
  watch always = {.descriptor = eventfd(0, EFD_CLOEXEC), .events = POLLOUT, .ready = turn};
  MUST(always.descriptor >= 0);
  on_turn = step;
  watch_add(&r->loop.watches, &always);
  bool done = loop_run(r, until);
  watch_remove(&r->loop.watches, &always);
  close(always.descriptor);
  return done;
}
