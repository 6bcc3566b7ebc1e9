#include "har/file.h"

#include "base/base64.h"
#include "json/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FULL ((size_t)1 << 20)    /* an entry below this size reaches the file, tail included, in one write */
#define CHUNK ((size_t)3 * 16384) /* of a body, encoded at a time; base64 asks for a multiple of 3 */

void har_file_fail(har_file *s, int error) {
  if (!s->error) s->error = error;
}

static void write_at(har_file *s, const char *data, size_t length, off_t at) {
  while (length) {
    ssize_t n = pwrite(s->file, data, length, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      har_file_fail(s, errno);
      return;
    }
    data += n;
    length -= (size_t)n;
    at += n;
  }
}

static void flush(har_file *s) {
  if (s->error) return;
  write_at(s, s->waiting.data, s->waiting.length, s->at);
  s->at += (off_t)s->waiting.length;
  bytes_clear(&s->waiting);
}

/* ---- text */

static void put_bytes(har_file *s, const char *data, size_t length) {
  if (s->error) return;
  if (!bytes_append(&s->waiting, data, length)) har_file_fail(s, ENOMEM);
  if (s->waiting.length >= FULL) flush(s);
}

void har_put(har_file *s, const char *text) {
  put_bytes(s, text, strlen(text));
}

void har_put_number(har_file *s, const char *before, int64_t number) {
  if (!s->error && !bytes_printf(&s->waiting, "%s%lld", before, (long long)number)) har_file_fail(s, ENOMEM);
}

/* Not ending within a character: json_quote would take its halves for faults. */
static size_t text_chunk(const char *data, size_t length) {
  if (length <= CHUNK) return length;
  size_t n = CHUNK;
  while (n > CHUNK - 4 && ((unsigned char)data[n] & 0xC0) == 0x80) n--;
  return n;
}

void har_put_string(har_file *s, const char *data, size_t length) {
  har_put(s, "\"");
  for (size_t n; length && !s->error; data += n, length -= n) {
    n = text_chunk(data, length);
    bytes_clear(&s->encoded);
    if (json_quote(&s->encoded, data, n))
      put_bytes(s, s->encoded.data + 1, s->encoded.length - 2);
    else
      har_file_fail(s, ENOMEM);
  }
  har_put(s, "\"");
}

void har_put_base64(har_file *s, const char *data, size_t length) {
  har_put(s, "\"");
  for (size_t n; length && !s->error; data += n, length -= n) {
    n = length < CHUNK ? length : CHUNK;
    bytes_clear(&s->encoded);
    if (base64_encode(data, n, &s->encoded))
      put_bytes(s, s->encoded.data, s->encoded.length);
    else
      har_file_fail(s, ENOMEM);
  }
  har_put(s, "\"");
}

/* ---- entries */

void har_file_begin(har_file *s) {
  bytes_clear(&s->waiting);
  s->at = s->end;
}

/* Makes the file whole again without the entry that failed. The tail's place on the disk is still its own. */
static void roll_back(har_file *s) {
  write_at(s, s->tail, strlen(s->tail), s->end);
  if (ftruncate(s->file, s->end + (off_t)strlen(s->tail)) != 0) har_file_fail(s, errno);
}

bool har_file_commit(har_file *s) {
  off_t end = s->at + (off_t)s->waiting.length;
  har_put(s, s->tail);
  flush(s);
  if (!s->error)
    s->end = end;
  else
    roll_back(s);
  return !s->error;
}

/* ---- opening and closing */

/* O_NONBLOCK: a pipe would make us wait for its reader. The modes of devices are not ours to change. */
bool har_file_open(har_file *s, const char *path, const char *tail) {
  struct stat status;
  *s = (har_file){.tail = tail};
  s->file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  bool known = s->file >= 0 && fstat(s->file, &status) == 0;
  if (known && !S_ISREG(status.st_mode))
    har_file_fail(s, ESPIPE);
  else if (!known || fchmod(s->file, 0600) != 0 || ftruncate(s->file, 0) != 0)
    har_file_fail(s, errno);
  return !s->error;
}

bool har_file_close(har_file *s) {
  if (s->file >= 0 && close(s->file) != 0) har_file_fail(s, errno);
  bytes_free(&s->waiting);
  bytes_free(&s->encoded);
  return !s->error;
}
