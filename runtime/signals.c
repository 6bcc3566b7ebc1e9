#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t pending;
static void (*volatile stop)(void *); /* with what it stops; the handler runs in the main thread, as all signals do */
static void *volatile running;
static int descriptors[2] = {-1, -1}; /* a handler can reach nothing but statics */

static void note(int number) {
  int saved = errno;
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
  return sigaction(SIGPIPE, &action, NULL) == 0;
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

void signals_stop(void (*how)(void *), void *what) {
  stop = NULL;
  running = what;
  stop = how;
  if (pending && how) how(what);
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
