#include "lua/child_main.h"

#include "airbyte/airbyte.h"
#include "child/in_child/allowed_calls.h"
#include "child/in_child/confine.h"
#include "child/in_child/parent_channel.h"
#include "formats/libcsv.h"
#include "formats/libexpat.h"
#include "lua/loop.h"
#include "secrets/environment.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RESERVE ((size_t)1 << 20)   /* bytes, let go of when memory is short: the message needs some */
#define LEFT_MOST ((size_t)4 << 20) /* bytes that a job may leave behind, for another to begin */

/* What a job is made of. */
typedef struct texts {
  bytes script, beside, text;
} texts;

/* ---- what it is told first */

static void write_code(void *to, const bytes *name, const bytes *code) {
  message_bytes(to, name);
  message_bytes(to, code);
}

bool child_main_beginning(const runtime *r, const child_terms *terms, bytes *out) {
  const sink_stream *s = terms->stream;
  const char *name_space = s ? s->name_space : NULL;
  message_writer w = message_begin(out, MESSAGE_BEGIN);
  message_number(&w, terms->keeps);
  message_number(&w, terms->time);
  message_number(&w, (int64_t)terms->memory);
  message_number(&w, r->time.fixed);
  message_number(&w, r->time.now);
  message_number(&w, r->time.ticks);
  message_data(&w, s ? s->name : "", s ? strlen(s->name) : 0);
  message_number(&w, name_space != NULL);
  message_data(&w, name_space ? name_space : "", name_space ? strlen(name_space) : 0);
  bytecode_each(r->bytecode, write_code, &w);
  return message_end(&w);
}

typedef struct beginning {
  bool keeps;
  size_t memory;
  sink_stream *stream;
} beginning;

static bool take_stream(runtime *r, message_reader *m, sink_stream **s) {
  bytes name = {0}, name_space = {0};
  bool ok = message_take_text(m, &name);
  bool has_space = message_take_number(m);
  ok = message_take_text(m, &name_space) && ok;
  if (ok && name.length) *s = sink_open(r->sink, name.data, has_space ? name_space.data : NULL);
  ok = ok && (*s || !name.length);
  bytes_free(&name);
  bytes_free(&name_space);
  return ok;
}

static void take_code(runtime *r, message_reader *m) {
  bytes name = {0}, code = {0};
  size_t length;
  bool ok = message_take_text(m, &name);
  const char *data = message_take_data(m, &length);
  if (ok && m->ok && bytes_append(&code, data, length)) bytecode_keep(&r->bytecode, name.data, &code);
  bytes_free(&name);
  bytes_free(&code);
}

/* False: memory is short. */
static bool take_beginning(runtime *r, beginning *b) {
  bytes fields = {0};
  parent_channel_begin(r->parent, &fields);
  message_reader m = {.at = fields.data, .end = fields.data + fields.length, .ok = true};
  b->keeps = message_take_number(&m);
  r->script_time = message_take_number(&m);
  b->memory = (size_t)message_take_number(&m);
  r->time.fixed = message_take_number(&m);
  r->time.now = message_take_number(&m);
  r->time.ticks = message_take_number(&m);
  bool ok = take_stream(r, &m, &b->stream);
  while (ok && m.at < m.end) take_code(r, &m);
  bytes_free(&fields);
  return ok && m.ok;
}

/* ---- its jobs */

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
static bool set_up(runtime *r, const child_home *home, int channel, int lines) {
  *r = (runtime){.options = home->options, .paths = home->paths, .open = home->open};
  r->secrets = secrets_new();
  r->http = r->secrets ? http_new(NULL, runtime_http_limits(r->options), "") : NULL;
  r->sink = r->http ? airbyte_new_to_parent(lines, r->secrets, &r->time) : NULL;
  r->parent = r->sink ? parent_channel_new(channel, r->http, &r->loop.watches, &r->time, r->secrets) : NULL;
  return r->parent != NULL;
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

static bool run_job(runtime *r, const beginning *b, const texts *job) {
  host *h = host_new(r, HOST_STREAM, b->stream);
  if (!h) return false;
  h->memory_cap = b->memory;
  h->beside = job->beside.length ? job->beside.data : NULL;
  bool ran = run_script(r, h, job);
  if (b->keeps) host_free(h); /* else it goes with its process */
  return ran;
}

/* Has the job left this process as it was? A library may have lost memory, which the next would lack. */
static bool is_clean(const runtime *r, size_t size) {
  if (!parent_channel_idle(r->parent) || r->loop.tasks || r->hosts) return false;
  if (confine_present_size() <= size + LEFT_MOST) return true;
  malloc_trim(0);
  return confine_present_size() <= size + LEFT_MOST;
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
static void run(int channel, int lines, void *user) {
  runtime r;
  beginning b = {0};
  texts job = {0};
  if (!set_up(&r, user, channel, lines)) return;
  limit_calls(&r);
  if (!take_beginning(&r, &b)) return;
  parent_channel_take_job(r.parent, &job.script, &job.beside, &job.text);
  size_t size = confine_present_size();
  while (run_job(&r, &b, &job) && b.keeps && is_clean(&r, size)) {
    bytes_free(&r.decoded);
    parent_channel_next_job(r.parent, &job.script, &job.beside, &job.text);
  }
}

/* ---- in the fork server */

/* Of the environment, which may hold secrets such as PGPASSWORD, the time zone alone stays. Its file is read now, for
 * os.date; with a name for it, libc does not look at it again. */
static void forget_environment(void) {
  const char *given = getenv("TZ");
  bytes zone = {0};
  bool ok = bytes_text(&zone, given ? given : ":/etc/localtime");
  environment_forget();
  if (!ok || setenv("TZ", zone.data, 1) != 0) _exit(EXIT_FAILURE);
  tzset();
  bytes_free(&zone);
}

static void begin(void *user) {
  const child_home *home = user;
  bytes told = {0};
  forget_environment();
  permissions_give_up(home->options, home->paths, PERMISSIONS_AT_START, (permissions_trust){0}, &told);
  bytes_free(&told);
}

/* Here, as a child opens no files; where one is not there, who needs it says so. */
static void before(void *user) {
  (void)user;
  (void)libcsv_load();
  (void)libexpat_load();
}

fork_server_work child_main_work(child_home *home) {
  return (fork_server_work){.begin = begin, .before = before, .run = run, .user = home};
}
