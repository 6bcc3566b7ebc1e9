#include "airbyte/output.h"

#include "base/clock.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#define FULL ((size_t)64 << 10)
#define LAST_WORDS 2000 /* ms: after a signal, how long a reader may take for the line under way */
#define LARGE_PIPE (1 << 20)
#define PIPE_ROOM 4096 /* bytes that a pipe which polls as writable takes without blocking */

void output_open(output *o, int descriptor) {
  *o = (output){.descriptor = descriptor};
  fcntl(descriptor, F_SETPIPE_SZ, LARGE_PIPE); /* no pipe, or not allowed: as it was */
}

static bool give_up(output *o, int error) {
  o->error = error;
  bytes_clear(&o->waiting);
  return false;
}

/* After a signal a full pipe must not hold us: writes are then small, and only when there is room. */
static bool room_in_time(output *o, int64_t *deadline, size_t *most) {
  if (!signals_pending()) return true;
  if (!*deadline) *deadline = clock_ticks() + LAST_WORDS;
  int64_t left = *deadline - clock_ticks();
  struct pollfd p = {.fd = o->descriptor, .events = POLLOUT};
  *most = PIPE_ROOM;
  return left > 0 && poll(&p, 1, (int)left) > 0;
}

static void advance(struct iovec **pieces, size_t *count, size_t written) {
  while (*count && written >= (*pieces)->iov_len) {
    written -= (*pieces)->iov_len;
    (*pieces)++;
    (*count)--;
  }
  if (!*count) return;
  (*pieces)->iov_base = (char *)(*pieces)->iov_base + written;
  (*pieces)->iov_len -= written;
}

static bool write_all(output *o, struct iovec *pieces, size_t count) {
  int64_t deadline = 0;
  advance(&pieces, &count, 0);
  while (count) {
    size_t most = 0;
    if (!room_in_time(o, &deadline, &most)) return give_up(o, EINTR);
    ssize_t n = most ? write(o->descriptor, pieces->iov_base, pieces->iov_len < most ? pieces->iov_len : most)
                     : writev(o->descriptor, pieces, count < IOV_MAX ? (int)count : IOV_MAX);
    if (n < 0 && errno != EINTR && errno != EAGAIN) return give_up(o, errno);
    struct pollfd room = {.fd = o->descriptor, .events = POLLOUT};
    if (n < 0 && errno == EAGAIN && poll(&room, 1, 1000) < 0) clock_pause(CLOCK_PAUSE);
    if (n > 0) advance(&pieces, &count, (size_t)n);
  }
  return true;
}

bool output_flush(output *o) {
  if (o->error) return false;
  struct iovec piece = {.iov_base = o->waiting.data, .iov_len = o->waiting.length};
  bool ok = write_all(o, &piece, o->waiting.length ? 1 : 0);
  bytes_clear(&o->waiting);
  return ok;
}

bool output_append(output *o, const void *data, size_t length) {
  if (o->error) return false;
  if (!bytes_append(&o->waiting, data, length)) return give_up(o, ENOMEM);
  return o->waiting.length < FULL || output_flush(o);
}

bool output_vector(output *o, struct iovec *pieces, size_t count) {
  return output_flush(o) && write_all(o, pieces, count);
}

void output_free(output *o) {
  bytes_free(&o->waiting);
}
