/*
 * The services that one process works with, shared by all of its Lua states. Only the loop and the
 * bytecode among them know Lua. A child process has its
 * own (child_main.c).
 */
#ifndef PERIGEE_RUNTIME_H
#define PERIGEE_RUNTIME_H

#include "airbyte/output.h"
#include "airbyte/progress.h"
#include "airbyte/sink.h"
#include "airbyte/terminal.h"
#include "auth/logins.h"
#include "base/timeline.h"
#include "base/watch.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "cli/permissions.h"
#include "har/recording.h"
#include "http/http.h"
#include "lua/bytecode.h"
#include "pacing/scheduler.h"
#include "secrets/secrets.h"

#include <lua.h>

typedef struct ledger ledger;                 /* ledger/ledger.h */
typedef struct response_store response_store; /* http/response_store.h */
typedef struct parent_channel parent_channel; /* child/in_child/parent_channel.h */
typedef struct task task;                     /* task.h */
typedef struct fork_server fork_server;       /* child/in_parent/fork_server.h */

/* What waits, and for what: kept by task.c and loop.c. */
typedef struct loop_state {
  task *tasks; /* all that are not done, in the order in which they began */
  watch *watches;
  task *prompt; /* of a person who types: SIGINT interrupts the other tasks of its host, and ends nothing. Or NULL */
  int stopped;  /* the signal that ended the loop, or 0 */
  unsigned refusals; /* so many times in a row the system did not let it wait … */
  bool is_deaf;      /* … for too long, which ended it */
} loop_state;

typedef struct runtime {
  const options *options;
  const paths *paths;
  secrets *secrets;
  http *http;
  scheduler *scheduler;
  logins *logins;
  int64_t logins_made;        /* for responses that scripts took, and not told yet */
  rate_headers *rate_headers; /* by which each origin tells its limits */
  sink *sink;                 /* where records, states, logs and statuses go */
  ledger *ledger;             /* where streams note what they send, or NULL: that of a sync is its destination's */
  response_store *responses;  /* what several readers share; NULL: nobody has asked for it … */
  bool has_no_responses;      /* … or it could not be made */
  sink *landing;              /* of a sync, beside it: where records and states go; else NULL */
  output console;             /* standard output for people: for verbs that write no protocol there */
  progress *progress;
  terminal *terminal; /* of a person, while `sink` writes elsewhere; or NULL */
  recording *recording;
  timeline time;
  bytes decoded;             /* lent to one page at a time: one large buffer, used again, instead of one a page */
  bytecode *bytecode;        /* scripts of our own */
  fork_server *forks;        /* where children come from; the caller's; NULL: there are none */
  parent_channel *parent;    /* in a child process: its parent, which makes its requests; else NULL */
  int (*open)(lua_State *L); /* gives a new state its libraries; it may raise */
  int64_t script_time;       /* ms: what a script may run without waiting; 0: that is not limited */
  void *reserve;             /* malloc'ed: space for the message when memory is short, or NULL */
  size_t hosts;              /* Lua states that are open */
  bool has_limits;           /* what it does not need was given up */
  loop_state loop;
} runtime;

/*
 * Sets up the services of a process; `open` gives each new Lua state its libraries. All that is given outlives it.
 * False: memory is short. It is to be torn down in any case. The recording is the caller's to open and free.
 */
bool runtime_set_up(runtime *r, const options *o, const paths *p, int (*open)(lua_State *L));
void runtime_tear_down(runtime *r);

/* As the command line says. */
http_limits runtime_http_limits(const options *o);

/*
 * Gives up what the verb does not need (cli/permissions.h): when it begins, and again before it waits for the first
 * time. What the system does not take is logged with --debug, and goes on as it is.
 */
void runtime_give_up(runtime *r, permissions_moment now);

/* What several readers share (http/response_store.h). NULL: it could not be made; and in a child process, whose parent
 * makes its requests and knows no pages. */
response_store *runtime_responses(runtime *r);

/* Why standard output cannot be written any more, in words; NULL: it can. */
const char *runtime_output_failure(const runtime *r);

/* The errno of why standard output cannot be written any more, by any of what stands there; 0: it can. */
int runtime_output_error(const runtime *r);

#endif
