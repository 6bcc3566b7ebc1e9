/* Waiting for the server, which may take as long as it likes until a signal wants us to end. */
#include "base/clock.h"
#include "base/signals.h"
#include "destination/postgres_link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANCEL_WAIT 1500 /* ms for the server to end what it does */
#define PART (1 << 20)   /* bytes that are handed over at once */

/* ---- what a signal ends */

/* By a process of its own: it makes a connection, and nobody knows how long a server takes to answer. */
static void cancel(postgres *p) {
  libpq_cancel *what = p->lib->cancellation(p->connection);
  char words[256];
  p->canceller = what ? fork() : 0;
  if (what && p->canceller == 0) {
    p->lib->cancel(what, words, sizeof words);
    _exit(0);
  }
  if (what) p->lib->free_cancellation(what);
  p->is_cancelled = true;
  p->base.deadline = clock_ticks() + CANCEL_WAIT;
}

static void end_canceller(postgres *p) {
  if (p->canceller > 0) {
    kill(p->canceller, SIGKILL);
    while (waitpid(p->canceller, NULL, 0) < 0 && errno == EINTR) continue;
  }
  p->canceller = 0;
}

/* ---- waiting */

/* Until something comes, or can be sent. False: it was waited for long enough, and the connection is given up. */
static bool wait_for(postgres *p, short events) {
  for (;;) {
    int64_t left = destination_time_left(&p->base);
    if (left == 0 && p->is_cancelled) {
      postgres_disconnect(p);
      return false;
    }
    if (left == 0) cancel(p);
    if (left == 0) continue;
    struct pollfd on[] = {{.fd = p->lib->socket(p->connection), .events = events},
                          {.fd = left < 0 ? signals_descriptor() : -1, .events = POLLIN}};
    if (on[0].fd < 0) return true; /* it is lost, as libpq says then */
    int ready = poll(on, 2, (int)left);
    if (ready > 0 && on[0].revents) return true;
    if (ready >= 0 || errno == EINTR) continue;
    clock_pause(CLOCK_PAUSE);
    return true;
  }
}

/* False: the connection is lost, of which the next result tells. */
static bool send_all(postgres *p) {
  int left;
  while ((left = p->lib->flush(p->connection)) == 1)
    if (!wait_for(p, POLLIN | POLLOUT) || !p->lib->consume(p->connection)) return false;
  return left == 0;
}

/* NULL: there is none. */
static PGresult *next_result(postgres *p) {
  while (p->lib->is_busy(p->connection))
    if (!wait_for(p, POLLIN) || !p->lib->consume(p->connection)) break;
  return p->connection ? p->lib->next_result(p->connection) : NULL;
}

static bool is_good(const postgres *p, const PGresult *r) {
  int came = p->lib->result(r);
  return came == LIBPQ_ROWS || came == LIBPQ_COMMAND_OK || came == LIBPQ_COPY_IN;
}

/* A statement has one result, but an error may follow it. The server takes rows now where it is LIBPQ_COPY_IN. */
PGresult *postgres_await(postgres *p) {
  PGresult *found = NULL, *r;
  while (send_all(p), (r = next_result(p))) {
    if (found && (is_good(p, r) || !is_good(p, found))) {
      p->lib->clear(r);
      continue;
    }
    p->lib->clear(found);
    found = r;
    if (p->lib->result(r) == LIBPQ_COPY_IN) break;
  }
  end_canceller(p);
  return found;
}

/* In parts, each of which is sent before the next one: what waits to be sent is bounded. */
bool postgres_send(postgres *p, const char *data, size_t length) {
  for (size_t at = 0; at < length; at += PART) {
    size_t part = length - at < PART ? length - at : PART;
    if (p->lib->put(p->connection, data + at, (int)part) != 1 || !send_all(p)) return false;
  }
  return true;
}
