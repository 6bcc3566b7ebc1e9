/*
 * A child of which nothing is known but what it writes: the parent passes on lines of that stream alone, each once and
 * in order, requests nothing that was not granted, and tells the end of each job once.
 */
#include "relay.h"

#include "child/in_parent/child.h"
#include "input.h"
#include "wire.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOBODY 0x3FFFFFFF /* no process has this number */
#define TURNS 200         /* within which all is done that a child can have left */

static int channel = -1, lines = -1, status; /* the child's ends, and how its process ended */

/* ---- in place of child/in_parent/fork_server.h (CMakeLists.txt wraps them): no process is made */

pid_t __wrap_fork_server_child(fork_server *s, const int descriptors[2], int64_t time, size_t memory);
int __wrap_fork_server_end(fork_server *s, pid_t child);

static int kept(int descriptor) {
  int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  MUST(copy >= 0 && fcntl(copy, F_SETFL, O_NONBLOCK) == 0);
  return copy;
}

pid_t __wrap_fork_server_child(fork_server *s, const int descriptors[2], int64_t time, size_t memory) {
  (void)s, (void)time, (void)memory;
  channel = kept(descriptors[0]);
  lines = kept(descriptors[1]);
  return NOBODY;
}

int __wrap_fork_server_end(fork_server *s, pid_t child) {
  (void)s;
  MUST(child == NOBODY);
  return status;
}

/* ---- its world */

static relay_world w;
static child *one;
static unsigned jobs, ends;
static bool is_stream, may_grant, is_cloud;
static bytes beginning; /* a MESSAGE_BEGIN */
static bytes heard;     /* what the child was answered, from the first message on that is not whole */

static void on_end(void *owner) {
  (void)owner;
  ends++;
  MUST(ends == jobs);
}

static bool read_file(void *owner, message_reader *wanted, message_writer *answer) {
  static bytes name;
  (void)owner;
  int64_t kind = message_take_number(wanted);
  bytes_clear(&name);
  if (!message_take_text(wanted, &name) || kind < 0) return false;
  message_number(answer, kind & 1);
  for (int i = 0; i < 4; i++) message_data(answer, "return 1", kind & 1 ? 8 : 0);
  return true;
}

static child_job make_job(unsigned choices, allowed_hosts *allowed) {
  *allowed = (allowed_hosts){.public_only = is_cloud};
  MUST(allowed_hosts_configure(allowed, CONFIGURED));
  MUST(allowed_hosts_add(allowed, GRANTED) && allowed_hosts_add(allowed, GRANTED_PUBLIC));
  return (child_job){.stream = is_stream ? w.stream : NULL,
                     .allowed = allowed,
                     .may_grant = may_grant,
                     .time = 1000,
                     .memory = 1 << 20,
                     .keeps = choices & 8,
                     .beginning = &beginning,
                     .read_file = read_file,
                     .on_end = on_end};
}

static void begin(unsigned choices) {
  allowed_hosts allowed;
  const char *wrong;
  is_stream = choices & 1;
  may_grant = choices & 2;
  is_cloud = choices & 4;
  relay_world_make(&w, choices & 16 ? "a \"space\"" : NULL);
  child_world world = {.http = w.client,
                       .scheduler = w.scheduler,
                       .logins = w.logins,
                       .secrets = w.store,
                       .sink = w.out,
                       .time = &w.time,
                       .watches = &w.watches};
  child_job job = make_job(choices, &allowed);
  jobs = 1, ends = 0, status = 0;
  bytes_clear(&heard);
  one = child_start(&world, &job, &(child_texts){"script", NULL, "text", 4}, &wrong);
  MUST(one);
}

static void next_job(unsigned choices) {
  allowed_hosts allowed;
  child_job job = make_job(choices | 8, &allowed);
  jobs++;
  if (!child_next(one, &job, &(child_texts){"script", choices & 1 ? "beside" : NULL, "text", 4})) jobs--;
  allowed_hosts_free(&allowed);
}

/* ---- what its parent does */

/* What is sent to a child are messages for it, without the token, whatever a server repeats. */
static void read_answers(void) {
  message_reader m;
  char buffer[4096];
  size_t at = 0;
  ssize_t n;
  while (channel >= 0 && (n = read(channel, buffer, sizeof buffer)) > 0) MUST(bytes_append(&heard, buffer, (size_t)n));
  MUST(!heard.length || !memmem(heard.data, heard.length, TOKEN, strlen(TOKEN)));
  while (message_next(&heard, &at, SIZE_MAX >> 1, &m) == MESSAGE_WHOLE) MUST(m.type && strchr("BJFDSIHPR", m.type));
  bytes_drop_front(&heard, at, heard.capacity);
}

static void turn(void) {
  (void)scheduler_step(w.scheduler, timeline_ticks(&w.time));
  MUST(http_step(w.client, 0, NULL, 0) && watch_run(&w.watches));
  relay_check_requests(may_grant, is_cloud);
  read_answers();
}

static void say(int *to, const bytes *text) {
  size_t done = 0;
  while (*to >= 0 && done < text->length) {
    ssize_t n = to == &channel ? send(channel, text->data + done, text->length - done, MSG_NOSIGNAL)
                               : write(lines, text->data + done, text->length - done);
    if (n < 0) break; /* it was told that nobody reads any more */
    if (to == &lines) MUST(bytes_append(&w.told, text->data + done, (size_t)n));
    done += (size_t)n;
    turn();
  }
}

static void hang_up(int *end) {
  if (*end >= 0) close(*end);
  *end = -1;
}

/* ---- the input: a byte of choices, then what happens one after the other */

static void happen(unsigned what, relay_input *in) {
  static bytes text;
  bytes_clear(&text);
  switch (what % 12) {
  case 0:
  case 1: relay_message(in, &text); return say(&channel, &text);
  case 2: relay_raw(in, &text); return say(&channel, &text);
  case 3:
  case 4:
  case 5:
    for (unsigned more = 1 + what / 12; more; more--) relay_line(in, &w, &text); /* which it takes in one */
    return say(&lines, &text);
  case 6: relay_raw(in, &text); return say(&lines, &text);
  case 7:
  case 8: relay_answer(in); return turn();
  case 9: timeline_pass(&w.time, 1 << (input_choice(&in->data, &in->size) % 24)); return turn();
  case 10: return next_job(input_choice(&in->data, &in->size));
  default: hang_up(input_choice(&in->data, &in->size) & 1 ? &channel : &lines); return turn();
  }
}

static void finish(void) {
  message_reader results;
  hang_up(&channel);
  hang_up(&lines);
  for (int i = 0; ends < jobs && i < TURNS; i++) turn();
  MUST(ends == jobs);
  bool failed = child_failure(one, &results) != NULL;
  child_free(one);
  relay_check_output(&w, is_stream, failed);
  relay_world_free(&w);
}

static void prepare(void) {
  MUST(signal(SIGPIPE, SIG_IGN) != SIG_ERR && clearenv() == 0); /* a proxy of ours would be asked */
  message_writer to = message_begin(&beginning, MESSAGE_BEGIN);
  message_data(&to, "", 0);
  MUST(message_end(&to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  relay_input in = {data, size};
  unsigned choices = input_choice(&in.data, &in.size);
  if (!beginning.length) prepare();
  begin(choices);
  status = choices & 32 ? SIGSEGV : choices & 64 ? 113 << 8 : choices & 128 ? 1 << 8 : 0;
  while (in.size) happen(input_choice(&in.data, &in.size), &in);
  finish();
  return 0;
}
