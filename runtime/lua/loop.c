#include "lua/loop.h"

#include "base/clock.h"
#include "base/signals.h"
#include "destination/landing.h"
#include "lua/task.h"

#include <signal.h>

#define NO_TIMER INT64_MAX
#define MOST_REFUSALS 100 /* of the system to let us wait, in a row */

/* A task that ends may take others with it (its host is closed), so each time the list is read from its beginning. */
static task *next_ready(const runtime *r) {
  for (task *t = r->loop.tasks; t; t = t->next)
    if (t->state == TASK_READY) return t;
  return NULL;
}

static void resume_ready(runtime *r) {
  task *t;
  while (!signals_pending() && !runtime_output_error(r) && (t = next_ready(r))) task_resume(t);
}

static int64_t earliest_timer(const runtime *r) {
  int64_t earliest = INT64_MAX;
  for (const task *t = r->loop.tasks; t; t = t->next)
    if (t->state == TASK_WAITING && t->wake && t->wake < earliest) earliest = t->wake;
  return earliest;
}

/* Wakes what is due first: what is due later goes on after it, however late we are. Returns how long to sleep, in ms.
 */
static int64_t wake_due(const runtime *r) {
  int64_t now = timeline_ticks(&r->time), due = earliest_timer(r), wait = NO_TIMER;
  if (due != INT64_MAX && due > now && due - now < wait) wait = due - now;
  for (task *t = r->loop.tasks; t; t = t->next) {
    if (t->state == TASK_WAITING && t->wake == due && due <= now) task_wake(t);
    if (t->state == TASK_READY) wait = 0;
  }
  return wait;
}

/* Starts what the governor allows, and says how long nothing will have to be done but to wait for responses. */
static int64_t next_wait(const runtime *r) {
  int64_t wait = wake_due(r), drawing = progress_interval(r->progress);
  int64_t now = timeline_ticks(&r->time), paced = r->scheduler ? scheduler_step(r->scheduler, now) : INT64_MAX;
  if (paced != INT64_MAX && paced - now < wait) wait = paced > now ? paced - now : 0;
  int64_t commit = r->landing ? landing_step(r->landing) : INT64_MAX;
  if (commit < wait && !r->time.fixed) wait = commit; /* a recording's time does not go by */
  if (wait > 0) sink_flush(r->sink);                  /* what was said is seen before we wait */
  return drawing && drawing < wait ? drawing : wait;
}

/*
 * On a replay responses come at once, so where nothing but timers is waited for, the clock is moved in place of
 * waiting. What is outside of the recording takes its time, and the clock goes on with it; but not for other processes,
 * which have the same clock, so that it tells the same tomorrow.
 */
static bool wait_on_replay(runtime *r, int64_t wait, struct curl_waitfd *also, unsigned count) {
  bool others = watch_busy(r->loop.watches), idle = wait > 0 && !others && http_idle(r->http);
  bool outside = wait == NO_TIMER; /* nothing is due: something outside of the recording is waited for */
  int64_t before = clock_ticks();
  bool ok = http_step(r->http, others || (idle && outside) ? wait : 0, also, count);
  if (idle) timeline_pass(&r->time, outside ? clock_ticks() - before : wait);
  return ok;
}

static bool wait(runtime *r) {
  struct curl_waitfd also[WATCH_MAX + 1] = {{.fd = signals_descriptor(), .events = CURL_WAIT_POLLIN}};
  unsigned count = 1 + watch_fill(r->loop.watches, also + 1);
  int64_t longest = next_wait(r);
  bool ok = r->time.fixed ? wait_on_replay(r, longest, also, count)
                          : http_step(r->http, count > 1 && longest > WATCH_TICK ? WATCH_TICK : longest, also, count);
  return watch_run(&r->loop.watches) && ok;
}

/* Where poll fails, nothing is waited for, and the loop would turn at full speed: a while later it ends. */
static bool is_deaf(runtime *r, bool has_waited) {
  r->loop.refusals = has_waited ? 0 : r->loop.refusals + 1;
  if (!has_waited) clock_pause(CLOCK_PAUSE);
  return r->loop.is_deaf = r->loop.refusals > MOST_REFUSALS;
}

bool loop_run(runtime *r, task *until) {
  while (until->state != TASK_DONE) {
    resume_ready(r);
    progress_show(r->progress);
    if (r->loop.prompt && signals_take(SIGINT)) {
      task_interrupt_all(r);
      continue;
    }
    if ((r->loop.stopped = signals_pending()) || runtime_output_error(r)) return false;
    if (until->state == TASK_DONE) break;
    runtime_give_up(r, PERMISSIONS_ON_WAIT);
    if (is_deaf(r, wait(r))) return false;
  }
  return true;
}
