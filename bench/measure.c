/*
 * measure RESULT PROGRAM [ARGUMENT...]: runs a program and writes what it took to the file RESULT, as JSON.
 * A process of its own, and a small one: a child's peak memory begins with that of the process it was forked from.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t) {
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void become(char **command) {
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever ends us because time is up ends the program, too */
  execvp(command[0], command);
  fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
  _exit(127);
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: measure RESULT PROGRAM [ARGUMENT...]\n"), 2;
  int status = 0;
  struct rusage used;
  double began = seconds_now();
  pid_t child = fork();
  if (child == 0) become(argv + 2);
  if (child < 0 || wait4(child, &status, 0, &used) < 0) return perror("measure"), 1;
  double wall = seconds_now() - began;
  FILE *result = fopen(argv[1], "w");
  if (!result) return perror(argv[1]), 1;
  fprintf(result, "{\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"peak_kib\":%ld,\"status\":%d}\n", wall,
          seconds_of(used.ru_utime), seconds_of(used.ru_stime), used.ru_maxrss,
          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return fclose(result) == 0 ? 0 : 1;
}
