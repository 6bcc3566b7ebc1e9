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

void har_file_fail(har_file *f, int error) {
  if (!f->error) f->error = error;
}

static void write_at(har_file *f, const char *data, size_t length, off_t at) {
  while (length) {
    ssize_t n = pwrite(f->file, data, length, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      har_file_fail(f, errno);
      return;
    }
    data += n;
    length -= (size_t)n;
    at += n;
  }
}

static void flush(har_file *f) {
  if (f->error) return;
  write_at(f, f->waiting.data, f->waiting.length, f->at);
  f->at += (off_t)f->waiting.length;
  bytes_clear(&f->waiting);
}

/* ---- text */

static void put_bytes(har_file *f, const char *data, size_t length) {
  if (f->error) return;
  if (!bytes_append(&f->waiting, data, length)) har_file_fail(f, ENOMEM);
  if (f->waiting.length >= FULL) flush(f);
}

void har_file_put(har_file *f, const char *text) {
  put_bytes(f, text, strlen(text));
}

void har_file_put_number(har_file *f, const char *before, int64_t number) {
  if (!f->error && !bytes_printf(&f->waiting, "%s%lld", before, (long long)number)) har_file_fail(f, ENOMEM);
}

/* Not ending within a character: json_quote would take its halves for faults. */
static size_t text_chunk(const char *data, size_t length) {
  if (length <= CHUNK) return length;
  size_t n = CHUNK;
  while (n > CHUNK - 4 && ((unsigned char)data[n] & 0xC0) == 0x80) n--;
  return n;
}

void har_file_put_string(har_file *f, const char *data, size_t length) {
  har_file_put(f, "\"");
  for (size_t n; length && !f->error; data += n, length -= n) {
    n = text_chunk(data, length);
    bytes_clear(&f->encoded);
    if (json_quote(&f->encoded, data, n))
      put_bytes(f, f->encoded.data + 1, f->encoded.length - 2);
    else
      har_file_fail(f, ENOMEM);
  }
  har_file_put(f, "\"");
}

void har_file_put_base64(har_file *f, const char *data, size_t length) {
  har_file_put(f, "\"");
  for (size_t n; length && !f->error; data += n, length -= n) {
    n = length < CHUNK ? length : CHUNK;
    bytes_clear(&f->encoded);
    if (base64_encode(data, n, &f->encoded))
      put_bytes(f, f->encoded.data, f->encoded.length);
    else
      har_file_fail(f, ENOMEM);
  }
  har_file_put(f, "\"");
}

/* ---- entries */

void har_file_begin(har_file *f) {
  bytes_clear(&f->waiting);
  f->at = f->end;
}

/* Makes the file whole again without the entry that failed. The tail's place on the disk is still its own. */
static void roll_back(har_file *f) {
  write_at(f, f->tail, strlen(f->tail), f->end);
  if (ftruncate(f->file, f->end + (off_t)strlen(f->tail)) != 0) har_file_fail(f, errno);
}

bool har_file_commit(har_file *f) {
  off_t end = f->at + (off_t)f->waiting.length;
  har_file_put(f, f->tail);
  flush(f);
  if (!f->error)
    f->end = end;
  else
    roll_back(f);
  return !f->error;
}

/* ---- opening and closing */

/* O_NONBLOCK: a pipe would make us wait for its reader. The modes of devices are not ours to change. */
bool har_file_open(har_file *f, const char *path, const char *tail) {
  struct stat status;
  *f = (har_file){.tail = tail};
  f->file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  bool known = f->file >= 0 && fstat(f->file, &status) == 0;
  if (known && !S_ISREG(status.st_mode))
    har_file_fail(f, ESPIPE);
  else if (!known || fchmod(f->file, 0600) != 0 || ftruncate(f->file, 0) != 0)
    har_file_fail(f, errno);
  return !f->error;
}

bool har_file_close(har_file *f) {
  if (f->file >= 0 && close(f->file) != 0) har_file_fail(f, errno);
  bytes_free(&f->waiting);
  bytes_free(&f->encoded);
  return !f->error;
}
