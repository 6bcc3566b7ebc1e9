#include "lua/child_main.h"

#include "airbyte/airbyte.h"
#include "child/in_child/allowed_calls.h"
#include "child/in_child/confine.h"
#include "child/in_child/parent_channel.h"
#include "lua/loop.h"
#include "secrets/environment.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RESERVE ((size_t)1 << 20)   /* bytes, let go of when memory is short: the message needs some */
#define LEFT_MOST ((size_t)4 << 20) /* bytes that a job may leave behind, for another to begin */

/* What a job is made of; those after the first come from the parent. */
typedef struct texts {
  bytes script, beside, text;
} texts;

static void send_results(parent_channel *r, const task *t) {
  message_writer w = message_begin(parent_channel_out(r), MESSAGE_RESULT);
  message_number(&w, t->failed);
  for (int i = t->results; i > 0; i--) {
    size_t length;
    const char *text = task_text(t, i, &length);
    message_number(&w, text != NULL);
    if (text) message_data(&w, text, length);
  }
  parent_channel_send(r, &w);
}

/* False: memory is short. */
static bool set_up(runtime *r, const child_work *work, int channel, int lines) {
  const runtime *parent = work->parent;
  *r = (runtime){.options = parent->options, .paths = parent->paths, .secrets = parent->secrets};
  r->open = parent->open;
  r->script_time = work->time;
  r->bytecode = parent->bytecode;
  r->recording = parent->recording;
  r->time = parent->time;
  r->http = http_new(NULL, *http_get_limits(parent->http), "");
  r->sink = airbyte_new_to_parent(lines, r->secrets, &r->time);
  r->parent = r->http ? parent_channel_new(channel, r->http, &r->loop.watches, &r->time, r->secrets) : NULL;
  return r->parent && r->sink;
}

static bool set_texts(texts *of, const child_work *work) {
  return bytes_text(&of->script, work->script) && bytes_text(&of->beside, work->beside ? work->beside : "") &&
         bytes_append(&of->text, work->text, work->length);
}

/* False: it came to no result, or to one after which nothing else is to run here. */
static bool run_script(runtime *r, host *h, const texts *job) {
  r->reserve = malloc(RESERVE);
  task *t = task_start(h, TASK_RUN_SCRIPT, job->script.data, job->text.data, job->text.length);
  bool ran = t && loop_run(r, t);
  if (ran) {
    sink_flush(r->sink);
    send_results(r->parent, t);
  }
  free(r->reserve);
  r->reserve = NULL;
  return ran && !t->failed && !h->overrun[0];
}

static bool run_job(runtime *r, const child_work *work, const texts *job, sink_stream *s) {
  host *h = host_new(r, HOST_STREAM, s);
  if (!h) return false;
  h->memory_cap = work->memory;
  h->beside = job->beside.length ? job->beside.data : NULL;
  bool ran = run_script(r, h, job);
  if (work->keeps) host_free(h); /* else it goes with its process */
  return ran;
}

/* Has the job left this process as it was? A library may have lost memory, which the next would lack. */
static bool is_clean(const runtime *r, size_t size) {
  if (!parent_channel_idle(r->parent) || r->loop.tasks || r->hosts) return false;
  if (confine_present_size() <= size + LEFT_MOST) return true;
  malloc_trim(0);
  return confine_present_size() <= size + LEFT_MOST;
}

/* Of the environment, which may hold secrets such as PGPASSWORD, the time zone alone stays. Its file is read now, for
 * os.date; with a name for it, libc does not look at it again. */
static bool forget_environment(void) {
  const char *given = getenv("TZ");
  bytes zone = {0};
  bool ok = bytes_text(&zone, given ? given : ":/etc/localtime");
  environment_forget();
  ok = ok && setenv("TZ", zone.data, 1) == 0;
  tzset();
  bytes_free(&zone);
  return ok;
}

static void limit_calls(const runtime *r) {
  char told[128];
  if (r->options->no_hardening) return;
  int error = allowed_calls_install();
  if (!error || !r->options->debug) return;
  (void)snprintf(told, sizeof told, "its script's system calls are not limited: %s", strerror(error));
  sink_log(r->sink, "DEBUG", told, strlen(told));
}

/* Nothing is freed at the end: the process ends. */
void child_main(int channel, int lines, void *user) {
  const child_work *work = user;
  runtime r;
  texts job = {0};
  size_t size = confine_present_size();
  if (!set_up(&r, work, channel, lines) || !set_texts(&job, work)) return;
  sink_stream *s = work->stream ? sink_open(r.sink, work->stream->name, work->stream->name_space) : NULL;
  if (work->stream && !s) return;
  if (!forget_environment()) return;
  limit_calls(&r);
  while (run_job(&r, work, &job, s) && work->keeps && is_clean(&r, size)) {
    bytes_free(&r.decoded);
    parent_channel_next_job(r.parent, &job.script, &job.beside, &job.text);
  }
}
