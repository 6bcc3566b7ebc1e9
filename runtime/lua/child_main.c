#include "lua/child_main.h"

#include "airbyte/airbyte.h"
#include "child/in_child/parent_channel.h"
#include "lua/loop.h"

#include <stdlib.h>

#define RESERVE ((size_t)1 << 20) /* bytes, let go of when memory is short: the message needs some */

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
  r->parent = r->http ? parent_channel_new(channel, r->http, &r->loop.watches, &r->time) : NULL;
  return r->parent && r->sink;
}

static void run_script(runtime *r, host *h, const child_work *work) {
  h->memory_cap = work->memory;
  h->beside = work->beside;
  r->reserve = malloc(RESERVE);
  task *t = task_start(h, TASK_RUN_SCRIPT, work->script, work->text, work->length);
  if (t && loop_run(r, t)) {
    sink_flush(r->sink);
    send_results(r->parent, t);
  }
  free(r->reserve);
}

/* Nothing is freed: the process ends. */
void child_main(int channel, int lines, void *user) {
  const child_work *work = user;
  runtime r;
  if (!set_up(&r, work, channel, lines)) return;
  sink_stream *s = work->stream ? sink_open(r.sink, work->stream->name, work->stream->name_space) : NULL;
  if (work->stream && !s) return;
  host *h = host_new(&r, HOST_STREAM, s);
  if (h) run_script(&r, h, work);
}
