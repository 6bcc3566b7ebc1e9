#include "base/files.h"

#include "base/clock.h"
#include "base/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_AHEAD ((size_t)64 << 10) /* space for each read of a file of unknown size */
#define NO_MEMORY "out of memory"

/* In place of the system's words, which talk of directories. A path to write may lack its folder, not the file. */
static const char *explain(int error) {
  switch (error) {
  case EISDIR: return "is a folder";
  case EACCES: return "permission denied";
  case ENOMEM: return NO_MEMORY;
  default: return strerror(error);
  }
}

static const char *explain_reading(int error) {
  return error == ENOENT ? "no such file" : explain(error);
}

static void wait_for_more(int file) {
  if (poll(&(struct pollfd){.fd = file, .events = POLLIN}, 1, -1) < 0) clock_pause(CLOCK_PAUSE);
}

/* The size that fstat tells is only a hint: a pipe has none, and a file may grow while it is read. */
static const char *read_all(bytes *b, int file, size_t limit) {
  struct stat status;
  if (fstat(file, &status) != 0) return explain(errno);
  if (S_ISDIR(status.st_mode)) return explain(EISDIR);
  size_t space = READ_AHEAD;
  if (S_ISREG(status.st_mode)) {
    if ((uintmax_t)status.st_size > limit) return "is larger than the limit";
    space = (size_t)status.st_size + 1;
  }
  input_state state;
  do {
    size_t before = b->length;
    state = input_read(file, b->capacity > before ? b->capacity - before : space, b);
    if (b->length > limit) return "is larger than the limit";
    if (state == INPUT_MORE && b->length == before) wait_for_more(file);
  } while (state == INPUT_MORE);
  return state == INPUT_ENDED ? NULL : explain(errno);
}

static int open_to_read(const char *path) {
  return strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
}

static void close_read(int file) {
  if (file != STDIN_FILENO) close(file);
}

const char *files_read(bytes *b, const char *path, size_t limit) {
  bytes_clear(b);
  int file = open_to_read(path);
  if (file < 0) return explain_reading(errno);
  const char *failure = read_all(b, file, limit);
  close_read(file);
  if (failure) bytes_clear(b);
  return failure;
}

const char *files_stream(const char *path, bool (*take)(void *user, const char *data, size_t length), void *user) {
  bytes piece = {0};
  input_state state;
  int file = open_to_read(path);
  if (file < 0) return explain_reading(errno);
  bool wanted = true;
  do {
    state = input_read(file, READ_AHEAD * 4, &piece);
    if (state == INPUT_MORE && !piece.length) wait_for_more(file);
    wanted = !piece.length || take(user, piece.data, piece.length);
    bytes_clear(&piece);
  } while (state == INPUT_MORE && wanted);
  const char *failure = state == INPUT_FAILED ? explain(errno) : NULL;
  close_read(file);
  bytes_free(&piece);
  return failure;
}

/* Returns 0 or errno's number. */
static int write_to(const char *path, int flags, mode_t mode, const void *data, size_t length) {
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
  int error = file < 0 ? errno : 0;
  for (size_t at = 0; !error && at < length;) {
    ssize_t n = write(file, (const char *)data + at, length - at);
    if (n > 0) at += (size_t)n;
    if (n < 0 && errno != EINTR) error = errno;
  }
  if (file >= 0 && close(file) != 0 && !error) error = errno;
  return error;
}

const char *files_write(const char *path, const void *data, size_t length) {
  int error = write_to(path, O_TRUNC, 0666, data, length);
  return error ? explain(error) : NULL;
}

const char *files_write_new(const char *path, const void *data, size_t length, bool *exists) {
  int error = write_to(path, O_EXCL, 0666, data, length);
  *exists = error == EEXIST;
  return error ? explain(error) : NULL;
}

const char *files_write_private(const char *path, const void *data, size_t length, bool *exists) {
  int error = write_to(path, O_EXCL, 0600, data, length);
  *exists = error == EEXIST;
  return error ? explain(error) : NULL;
}

const char *files_list(const char *folder, bytes *names) {
  DIR *d = opendir(folder);
  int error = 0;
  if (!d) return explain(errno);
  for (struct dirent *entry; !error && (entry = (errno = 0, readdir(d)));)
    if (!bytes_append(names, entry->d_name, strlen(entry->d_name) + 1)) error = ENOMEM;
  if (!error) error = errno; /* of readdir, which returns NULL at the end, too */
  closedir(d);
  return error ? explain(error) : NULL;
}

const char *files_temporary(void) {
  const char *folder = getenv("TMPDIR");
  return folder && *folder ? folder : "/tmp";
}

bool files_exist(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0;
}

bool files_input_path(bytes *path) {
  char name[4096];
  ssize_t n = readlink("/proc/self/fd/0", name, sizeof name);
  bool file = n > 0 && name[0] == '/' && strncmp(name, "/dev/", 5) != 0;
  return file && bytes_append(path, name, (size_t)n);
}
