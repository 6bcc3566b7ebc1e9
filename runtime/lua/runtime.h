/*
 * What one process works with, shared by all of its Lua states: services that know no Lua, and the loop. Set up and
 * torn down by main; a child process has one of its own.
 */
#ifndef PERIGEE_RUNTIME_H
#define PERIGEE_RUNTIME_H

#include "airbyte/airbyte.h"
#include "airbyte/progress.h"
#include "base/timeline.h"
#include "cli/options.h"
#include "cli/paths.h"
#include "har/recording.h"
#include "http/http.h"
#include "http/secrets.h"
#include "lua/bytecode.h"
#include "lua/loop.h"
#include "pacing/scheduler.h"

typedef struct parent_channel parent_channel; /* child/parent_channel.h */

struct runtime {
  const options *options;
  const paths *paths;
  secrets *secrets;
  http *http;
  scheduler *scheduler;
  airbyte *airbyte;
  output console; /* standard output for people: for verbs that write no protocol there */
  progress *progress;
  recording *recording;
  timeline time;
  bytes decoded;          /* lent to one page at a time: one large buffer, used again, instead of one a page */
  bytecode *bytecode;     /* scripts of our own */
  parent_channel *parent; /* in a child process: the parent, which asks and answers for it; else NULL */
  int64_t script_time;    /* ms: what a script may run without waiting, where that is limited */
  void *reserve;          /* malloc'ed: space for the message when memory is short, or NULL */
  char breach[300];       /* where a script ran into the limit of time; empty: none did */
  loop loop;
};

/* The runtime of a state or coroutine. */
runtime *runtime_of(lua_State *L);

#endif
