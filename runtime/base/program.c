#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool read_all(int from, size_t limit, bytes *out) {
  char piece[4096];
  bool ok = true;
  for (ssize_t n; (n = read(from, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR);)
    if (n > 0 && out->length + (size_t)n <= limit) ok = bytes_append(out, piece, (size_t)n) && ok;
  return ok;
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
  bool ok = error || read_all(ends[0], limit, out);
  close(ends[0]);
  if (error) return error == ENOENT ? "absent" : strerror(error);
  while (waitpid(pid, &state, 0) < 0)
    if (errno != EINTR) return strerror(errno);
  *status = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  return ok ? NULL : "memory is short";
}
