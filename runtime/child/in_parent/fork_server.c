#include "child/in_parent/fork_server.h"

#include "child/in_child/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET (STDERR_FILENO + 1) /* of the server */

struct fork_server {
  pid_t pid;
  int socket;
};

/* A child to be ended; or 0, and one to be forked. */
typedef struct request {
  pid_t child;
  int64_t time;
  size_t memory;
} request;

typedef struct answer {
  pid_t child; /* 0: it could not be forked */
  int status;
} answer;

/* Room for the descriptors of a message. */
typedef union control {
  struct cmsghdr aligned;
  char room[CMSG_SPACE(sizeof(int[2]))];
} control;

/* ---- in the server */

/* False: the parent is gone. */
static bool receive(request *asked, int descriptors[2]) {
  control room = {0};
  struct iovec into = {.iov_base = asked, .iov_len = sizeof *asked};
  struct msghdr m = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
  ssize_t n;
  while ((n = recvmsg(SOCKET, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
  const struct cmsghdr *c = n == (ssize_t)sizeof *asked ? CMSG_FIRSTHDR(&m) : NULL;
  descriptors[0] = descriptors[1] = -1;
  if (c && c->cmsg_len == CMSG_LEN(sizeof(int[2]))) memcpy(descriptors, CMSG_DATA(c), sizeof(int[2]));
  return n == (ssize_t)sizeof *asked;
}

static pid_t fork_child(const fork_server_work *work, const request *asked, int descriptors[2]) {
  pid_t server = getpid();
  if (descriptors[1] < 0) return 0;
  work->before(work->user);
  pid_t pid = fork();
  if (pid == 0) {
    confine(server, &descriptors[0], &descriptors[1], asked->time, asked->memory);
    work->run(descriptors[0], descriptors[1], work->user);
    _exit(EXIT_SUCCESS);
  }
  return pid > 0 ? pid : 0;
}

/* A process that is none of its children is left alone. */
static int end_child(pid_t child) {
  int status = SIGKILL;
  if (waitpid(child, &status, WNOHANG) != 0) return status;
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

/* Standard output above all is not ours: whoever reads it waits for its end. */
static void keep_socket(int socket) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  if (dup2(socket, SOCKET) < 0 || fcntl(SOCKET, F_SETFD, FD_CLOEXEC) != 0) _exit(EXIT_FAILURE);
  close_range(SOCKET + 1, ~0U, 0);
}

static _Noreturn void serve(pid_t parent, int socket, const fork_server_work *work) {
  request asked;
  int descriptors[2];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE); /* it was gone before */
  (void)signal(SIGINT, SIG_IGN);                /* these come to all of a group, and the parent decides */
  (void)signal(SIGTERM, SIG_IGN);
  keep_socket(socket);
  work->begin(work->user);
  while (receive(&asked, descriptors)) {
    answer said = {0};
    if (asked.child)
      said.status = end_child(asked.child);
    else
      said.child = fork_child(work, &asked, descriptors);
    for (int i = 0; i < 2; i++)
      if (descriptors[i] >= 0) close(descriptors[i]);
    if (send(SOCKET, &said, sizeof said, MSG_NOSIGNAL) < 0) break;
  }
  _exit(EXIT_SUCCESS);
}

/* ---- in the parent */

fork_server *fork_server_start(const fork_server_work *work) {
  int sockets[2];
  fork_server *s = calloc(1, sizeof *s);
  if (!s || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    free(s);
    return NULL;
  }
  pid_t parent = getpid();
  s->socket = sockets[0];
  s->pid = fork();
  if (s->pid == 0) serve(parent, sockets[1], work);
  close(sockets[1]);
  if (s->pid > 0) return s;
  close(s->socket);
  free(s);
  return NULL;
}

/* False: the server is gone. */
static bool ask(const fork_server *s, const request *asked, const int *descriptors, answer *said) {
  control room = {0};
  struct iovec from = {.iov_base = (void *)(uintptr_t)asked, .iov_len = sizeof *asked};
  struct iovec into = {.iov_base = said, .iov_len = sizeof *said};
  struct msghdr m = {.msg_iov = &from, .msg_iovlen = 1}, answered = {.msg_iov = &into, .msg_iovlen = 1};
  if (descriptors) {
    m.msg_control = &room;
    m.msg_controllen = sizeof room;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int[2]))};
    memcpy(CMSG_DATA(c), descriptors, sizeof(int[2]));
  }
  ssize_t n;
  while ((n = sendmsg(s->socket, &m, MSG_NOSIGNAL)) < 0 && errno == EINTR) continue;
  if (n < 0) return false;
  while ((n = recvmsg(s->socket, &answered, 0)) < 0 && errno == EINTR) continue;
  return n == (ssize_t)sizeof *said;
}

pid_t fork_server_child(fork_server *s, const int descriptors[2], int64_t time, size_t memory) {
  answer said;
  return s && ask(s, &(request){.time = time, .memory = memory}, descriptors, &said) ? said.child : 0;
}

int fork_server_end(fork_server *s, pid_t child) {
  answer said;
  return ask(s, &(request){.child = child}, NULL, &said) ? said.status : SIGKILL;
}

void fork_server_stop(fork_server *s) {
  if (!s) return;
  close(s->socket);
  while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR) continue;
  free(s);
}
