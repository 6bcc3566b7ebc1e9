/* Preloaded into the program: adds a byte to the file that COUNT_FORKS names, for each process that it makes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

pid_t fork(void) {
  int file = open(getenv("COUNT_FORKS"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || write(file, ".", 1) != 1) abort();
  close(file);
  return ((pid_t(*)(void))dlsym(RTLD_NEXT, "fork"))();
}
