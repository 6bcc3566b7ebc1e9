#include "child/in_parent/child.h"

#include "airbyte/relay.h"
#include "base/input.h"
#include "base/signals.h"
#include "child/in_parent/child_requests.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK ((size_t)256 << 10)
#define KEPT (CHUNK * 4) /* of a buffer, after a large line: there may be many children */
#define MAX_MESSAGE ((size_t)64 << 20)
#define LINE_EXTRA ((size_t)64 << 10) /* of a line, around a record as large as a response may be */
#define NO_MEMORY "memory is short"
#define CUT_LINE "its last line is not whole"
#define HARD_STOP 5000 /* ms beyond its limit of time, in case that it does not end itself */

#define DEFAULT_TIME 10000 /* ms */
#define DEFAULT_MEMORY ((size_t)64 << 20)

int64_t child_time(int64_t option, double seconds) {
  int64_t time = option ? option : DEFAULT_TIME;
  return seconds > 0 && seconds * 1000 < (double)time ? (int64_t)(seconds * 1000) + 1 : time;
}

size_t child_memory(int64_t option) {
  return option ? (size_t)option : DEFAULT_MEMORY;
}

struct child {
  child_world world;
  child_job job;
  pid_t pid; /* 0: it has ended */
  watch channel, lines;
  child_requests requests;
  relay relay;
  bytes in, text, results;
  bool has_results, heard;
  bool waits, over;  /* it said that it waits for another job; and that one's end was told */
  int64_t heard_at;  /* ms of its processor time */
  const char *wrong; /* what went wrong here, before its results or after */
  bytes failure;     /* how its process ended, where it has no results */
};

/* ---- its end */

static void close_watch(child *c, watch *w) {
  if (w->descriptor < 0) return;
  watch_remove(c->world.watches, w);
  close(w->descriptor);
  w->descriptor = -1;
}

static void explain_status(child *c, int status) {
  size_t mebibytes = c->job.memory >> 20;
  if (WIFEXITED(status) && WEXITSTATUS(status) == SIGNALS_OVERTIME)
    bytes_printf(
        &c->failure,
        "it ran for %g s without waiting, the limit for a stream's script (--script-time sets it), where Lua cannot "
        "be interrupted, such as a string pattern, string.rep, table.move or __close; its process was ended",
        (double)c->job.time / 1000);
  else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
    bytes_text(&c->failure,
               "it made a system call that no script needs, as code does that has broken out of Lua, and the system's "
               "filter ended its process (SIGSYS); look into its script, and report it if that is yours");
  else if (WIFSIGNALED(status))
    bytes_printf(&c->failure, "its process was ended by signal %d (%s)%s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)),
                 WTERMSIG(status) == SIGKILL ? "; perhaps this machine or container is short of memory" : "");
  else
    bytes_printf(
        &c->failure,
        "its process ended itself with status %d, as libraries do that find no memory; the limit for a stream's "
        "script is %zu MiB, --script-memory sets it",
        WEXITSTATUS(status), mebibytes);
}

/* Both descriptors are done with: it has ended, or is to. */
static void reap(child *c) {
  int status = fork_server_end(c->world.forks, c->pid);
  c->pid = 0;
  if (!c->wrong && !c->has_results) explain_status(c, status);
  if (!c->wrong && c->text.length) c->wrong = CUT_LINE;
}

static void tell_end(child *c) {
  if (c->over) return;
  c->over = true;
  c->job.on_end(c->job.owner);
}

static void end_if_closed(child *c) {
  if (c->channel.descriptor >= 0 || c->lines.descriptor >= 0 || !c->pid) return;
  reap(c);
  child_requests_free(&c->requests);
  tell_end(c);
}

static void stop(child *c, const char *wrong) {
  if (!c->wrong) c->wrong = wrong;
  close_watch(c, &c->channel);
  close_watch(c, &c->lines);
  end_if_closed(c);
}

/* ---- what it writes */

/* NULL, or why what it says cannot be taken, which is no end of it. A socket is reset where our answers lay unread as
 * it ended: what it had sent was read before. */
static const char *read_more(int descriptor, bytes *to, bool *ended) {
  input_state state = input_read(descriptor, CHUNK, to);
  *ended = state == INPUT_ENDED || (state == INPUT_FAILED && errno == ECONNRESET);
  if (*ended || state == INPUT_MORE) return NULL;
  return errno == ENOMEM ? NO_MEMORY : "what its process wrote cannot be read any more (the system refuses)";
}

/* NULL, or what is wrong with it. */
static const char *take_lines(child *c, bool *done) {
  size_t before = c->text.length, taken = 0;
  const stand_ins *by = c->requests.may_have_stand_ins ? c->requests.stand_ins : NULL;
  const char *wrong = read_more(c->lines.descriptor, &c->text, done);
  if (!wrong && c->text.length > before && memchr(c->text.data + before, '\n', c->text.length - before))
    wrong = relay_lines(&c->relay, c->text.data, c->text.length, by, &taken);
  bytes_drop_front(&c->text, taken, KEPT);
  if (!wrong && c->job.stream) wrong = sink_stream_failure(c->job.stream);
  if (!wrong && c->text.length > http_get_limits(c->world.http)->max_body + LINE_EXTRA)
    wrong = "it wrote a line that is larger than any answer may be";
  return wrong;
}

static void lines_ready(watch *w) {
  child *c = w->owner;
  bool done;
  const char *wrong = take_lines(c, &done);
  if (c->over && c->text.length) wrong = "it wrote a line when it had no job";
  c->heard = true;
  if (wrong) {
    stop(c, wrong);
    return;
  }
  if (done) close_watch(c, w);
  end_if_closed(c);
}

/* ---- what it says */

/* False: memory is short. Results that come twice are a broken script's, and none. */
static bool take_results(child *c, const message_reader *m) {
  bool taken = !c->has_results && bytes_append(&c->results, m->at, (size_t)(m->end - m->at));
  if (!taken && !c->has_results) c->wrong = NO_MEMORY;
  c->has_results = taken;
  return !c->wrong;
}

static bool take_message(child *c, message_reader *m) {
  if (c->waits) return false;
  switch (m->type) {
  case MESSAGE_HEARTBEAT: return true;
  case MESSAGE_RESULT: return take_results(c, m);
  case MESSAGE_READY: return c->waits = c->job.keeps && c->has_results;
  default: return child_requests_take(&c->requests, m);
  }
}

static const char *take_messages(child *c) {
  message_found found;
  message_reader m;
  size_t at = 0;
  bool right = true;
  while (right && (found = message_next(&c->in, &at, MAX_MESSAGE, &m)) != MESSAGE_NONE)
    right = found == MESSAGE_WHOLE && take_message(c, &m);
  bytes_drop_front(&c->in, at, KEPT);
  return right ? NULL : "it said to its parent what cannot be understood";
}

/* What it wrote before it said that it waits is in the pipe. */
static const char *finish_job(child *c) {
  const char *wrong = NULL;
  bool done = c->lines.descriptor < 0;
  struct pollfd lines = {.fd = c->lines.descriptor, .events = POLLIN};
  while (!wrong && !done && poll(&lines, 1, 0) > 0) wrong = take_lines(c, &done);
  if (!wrong && c->text.length) wrong = CUT_LINE;
  if (!wrong) tell_end(c);
  return wrong;
}

static void channel_ready(watch *w) {
  child *c = w->owner;
  c->heard = true;
  child_answers_send(&c->requests, w->descriptor);
  bool done;
  const char *wrong = read_more(w->descriptor, &c->in, &done);
  if (!wrong) wrong = take_messages(c);
  if (!wrong && c->waits && !c->over) wrong = finish_job(c);
  if (wrong) {
    stop(c, wrong);
    return;
  }
  if (done) close_watch(c, w);
  end_if_closed(c);
}

/* It minds its time itself; should it not, we do. */
static void tick(watch *w) {
  child *c = w->owner;
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(c->pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return;
  int64_t now = (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
  if (c->heard)
    c->heard_at = now;
  else if (now - c->heard_at > c->job.time + HARD_STOP)
    stop(c, "it ran far beyond the limit of time for a stream's script (--script-time sets it); its process was ended");
  c->heard = false;
}

/* What waits for our answers does not work. */
static bool busy(watch *w) {
  const child *c = w->owner;
  return c->requests.count == c->requests.ending && !c->over;
}

/* ---- its beginning */

static bool open_ways(int channel[2], int lines[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0) return false;
  if (pipe2(lines, O_CLOEXEC) == 0) {
    fcntl(channel[0], F_SETFL, O_NONBLOCK);
    fcntl(lines[0], F_SETFL, O_NONBLOCK);
    return true;
  }
  close(channel[0]);
  close(channel[1]);
  return false;
}

static bool fork_child(child *c) {
  int channel[2], lines[2];
  if (!open_ways(channel, lines)) return false;
  c->pid = fork_server_child(c->world.forks, (int[2]){channel[1], lines[1]}, c->job.time, c->job.memory);
  close(channel[1]);
  close(lines[1]);
  if (!c->pid) {
    close(channel[0]);
    close(lines[0]);
    return false;
  }
  c->channel = (watch){.descriptor = channel[0], .events = POLLIN, .ready = channel_ready, .owner = c};
  c->channel.tick = tick;
  c->channel.busy = busy;
  c->lines = (watch){.descriptor = lines[0], .events = POLLIN, .ready = lines_ready, .owner = c};
  return true;
}

/* False: memory is short; what was written of it is not sent. */
static bool write_job(child *c, const child_texts *texts) {
  message_writer w = message_begin(&c->requests.out, MESSAGE_JOB);
  message_data(&w, texts->script, strlen(texts->script));
  message_data(&w, texts->beside ? texts->beside : "", texts->beside ? strlen(texts->beside) : 0);
  message_data(&w, texts->text, texts->length);
  return message_end(&w);
}

/* NULL, or why it cannot. */
static const char *begin(child *c, const child_world *world, const child_job *job, const child_texts *texts) {
  sink_stream *s = job->stream;
  c->world = *world;
  c->job = *job;
  c->channel.descriptor = c->lines.descriptor = -1;
  child_requests_begin(&c->requests, &c->world, &c->job, &c->channel);
  if (!relay_begin(&c->relay, s ? s->to : world->sink, s) || !child_answers_begin(&c->requests, job->beginning) ||
      !write_job(c, texts))
    return NO_MEMORY;
  if (!fork_child(c))
    return "no process can be made for it: memory, or the number of processes or open files, is short";
  watch_add(world->watches, &c->channel);
  watch_add(world->watches, &c->lines);
  child_answers_send(&c->requests, c->channel.descriptor);
  return NULL;
}

child *child_start(const child_world *world, const child_job *job, const child_texts *texts, const char **wrong) {
  child *c = calloc(1, sizeof *c);
  *wrong = c ? begin(c, world, job, texts) : NO_MEMORY;
  if (!*wrong) return c;
  child_free(c);
  return NULL;
}

/* ---- its further jobs */

static bool can_do(const child *c, const child_job *job) {
  bool lives = c->over && c->waits && !c->wrong && c->channel.descriptor >= 0 && c->lines.descriptor >= 0;
  return lives && !c->job.stream && !job->stream && job->time == c->job.time && job->memory == c->job.memory;
}

bool child_next(child *c, const child_job *job, const child_texts *texts) {
  if (!can_do(c, job)) return false;
  if (!write_job(c, texts)) return false;
  c->job = *job;
  child_requests_next(&c->requests, job->allowed);
  relay_begin_again(&c->relay);
  bytes_clear(&c->results);
  c->has_results = c->waits = c->over = false;
  c->heard = true;
  child_answers_send(&c->requests, c->channel.descriptor);
  return true;
}

const char *child_failure(const child *c, message_reader *results) {
  if (c->wrong) return c->wrong;
  if (!c->has_results) return c->failure.length ? c->failure.data : NO_MEMORY;
  *results = (message_reader){.type = MESSAGE_RESULT, .at = c->results.data, .ok = true};
  results->end = results->at + c->results.length;
  return NULL;
}

void child_free(child *c) {
  if (!c) return;
  close_watch(c, &c->channel);
  close_watch(c, &c->lines);
  if (c->pid) reap(c);
  child_requests_free(&c->requests);
  relay_free(&c->relay);
  bytes_free(&c->in);
  bytes_free(&c->text);
  bytes_free(&c->results);
  bytes_free(&c->failure);
  free(c);
}
