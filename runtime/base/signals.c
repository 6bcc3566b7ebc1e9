#include "base/signals.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define LONGEST_GRACE 1000 /* ms */
#define SHORTEST_GRACE 100

static volatile sig_atomic_t pending;
static void (*volatile stop)(void *); /* with what it stops; the handler runs in the main thread, as all signals do */
static void *volatile running;
static struct itimerval limit; /* of processor time; none by default */
static volatile sig_atomic_t overtime;
static signals_time timed;
static const signals_words *volatile words;
static int descriptors[2] = {-1, -1}; /* a handler can reach nothing but statics */

/* A second SIGTERM ends at once, whatever we are at: as if we had never handled it. */
static void note(int number) {
  int saved = errno;
  if (number == SIGTERM && pending == SIGTERM) {
    (void)signal(SIGTERM, SIG_DFL);
    (void)raise(SIGTERM); /* comes when this handler returns */
    return;
  }
  if (pending != SIGTERM) pending = number; /* an end that was asked for stays so */
  if (stop) stop(running);
  ssize_t written = write(descriptors[1], "", 1); /* a full pipe is as good: it can be read */
  (void)written;
  errno = saved;
}

/* No SA_RESTART: a write to a full pipe must return, so that the loop sees the signal. */
bool signals_install(void) {
  struct sigaction action = {.sa_handler = note};
  sigemptyset(&action.sa_mask);
  if (pipe2(descriptors, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0) return false;
  action.sa_handler = SIG_IGN;
  if (sigaction(SIGPIPE, &action, NULL) != 0) return false;
  action.sa_handler = SIG_DFL; /* ignored by who started us, it would take our children's pids from us as they end */
  return sigaction(SIGCHLD, &action, NULL) == 0;
}

static void say(int descriptor, const char *text, size_t length) {
  ssize_t written = descriptor < 0 ? 0 : write(descriptor, text, length);
  (void)written; /* there is nobody to tell */
}

static _Noreturn void end_overtime(void) {
  if (!words) _exit(SIGNALS_OVERTIME);
  say(words->descriptor, words->line, words->length);
  say(STDERR_FILENO, words->plain, words->plain_length);
  _exit(EXIT_FAILURE);
}

/* At the limit, and again after the grace: string patterns, __close and the like cannot be stopped from inside. */
static void on_overtime(int number) {
  (void)number;
  if (overtime) end_overtime();
  overtime = 1;
  if (stop) stop(running);
}

bool signals_limit(int64_t ms) {
  struct sigaction action = {.sa_handler = on_overtime, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  limit.it_value = (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
  int64_t grace = ms > LONGEST_GRACE ? LONGEST_GRACE : ms < SHORTEST_GRACE ? SHORTEST_GRACE : ms;
  limit.it_interval = (struct timeval){.tv_sec = grace / 1000, .tv_usec = grace % 1000 * 1000};
  return sigaction(SIGPROF, &action, NULL) == 0;
}

bool signals_overtime(void) {
  return overtime;
}

void signals_last_words(const signals_words *given) {
  words = given;
}

static void restart_limit(void) {
  struct itimerval timer = limit;
  if (overtime) timer.it_value = limit.it_interval;
  setitimer(ITIMER_PROF, &timer, NULL);
}

static bool has_limit(void) {
  return timed != SIGNALS_UNLIMITED && timerisset(&limit.it_value);
}

void signals_pause(void) {
  if (has_limit()) setitimer(ITIMER_PROF, &(struct itimerval){0}, NULL);
}

void signals_go_on(void) {
  if (has_limit()) restart_limit();
}

int signals_pending(void) {
  return pending;
}

bool signals_take(int number) {
  char bytes[64];
  if (pending != number) return false;
  pending = 0;
  while (read(descriptors[0], bytes, sizeof bytes) > 0) {
  }
  return true;
}

void signals_stop(void (*how)(void *), void *what, signals_time time) {
  signals_pause(); /* the limit of what ran before */
  stop = NULL;
  timed = how ? time : SIGNALS_UNLIMITED;
  overtime = timed == SIGNALS_OVER;
  running = what;
  stop = how;
  signals_go_on();
  if ((pending || overtime) && how) how(what);
}

bool signals_wait(int64_t ms) {
  struct pollfd came = {.fd = signals_descriptor(), .events = POLLIN};
  if (!signals_pending() && poll(&came, 1, (int)ms) < 0 && errno != EINTR) clock_pause(ms);
  return !signals_pending();
}

int signals_descriptor(void) {
  return descriptors[0];
}

void signals_exit(int number) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigemptyset(&action.sa_mask);
  if (sigaction(number, &action, NULL) == 0) raise(number);
  _exit(128 + number);
}
