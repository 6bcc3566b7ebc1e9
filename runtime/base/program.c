#include "base/program.h"

#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIECE ((size_t)4096)

extern char **environ;

/* Beyond the limit it is read and dropped, or the program would wait for ever. 0, or errno's number. */
static int read_all(int from, size_t limit, bytes *out) {
  bytes piece = {0};
  int error = 0;
  input_state state;
  while ((state = input_read(from, PIECE, &piece)) == INPUT_MORE) {
    bool fits = piece.length <= limit && out->length <= limit - piece.length;
    if (fits && !bytes_append(out, piece.data, piece.length)) error = ENOMEM;
    bytes_clear(&piece);
  }
  if (state == INPUT_FAILED) error = errno;
  bytes_free(&piece);
  return error;
}

/* 0, or errno's number. */
static int start(char *const *words, int output, pid_t *pid) {
  posix_spawn_file_actions_t files;
  int error = posix_spawn_file_actions_init(&files);
  if (error) return error;
  error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  if (!error) error = posix_spawnp(pid, words[0], &files, NULL, words, environ);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

const char *program_run(char *const *words, size_t limit, bytes *out, int *status) {
  int ends[2], state = 0;
  pid_t pid = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) return strerror(errno);
  int error = start(words, ends[1], &pid);
  close(ends[1]);
  int unread = error ? 0 : read_all(ends[0], limit, out);
  close(ends[0]);
  if (error) return error == ENOENT ? "absent" : strerror(error);
  while (waitpid(pid, &state, 0) < 0)
    if (errno != EINTR) return strerror(errno);
  *status = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  if (unread) return unread == ENOMEM ? "memory is short" : strerror(unread);
  return NULL;
}
