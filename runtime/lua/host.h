/*
 * A host: one Lua state and its memory cap. All hosts share one runtime (runtime.h). A host is found from any of its
 * coroutines by host_of (lua_getextraspace), never through a global of C.
 */
#ifndef PERIGEE_HOST_H
#define PERIGEE_HOST_H

#include "airbyte/sink.h"
#include "base/signals.h"
#include "base/siphash.h"
#include "lua/cells.h"
#include "lua/runtime.h"

#include <lua.h>
#include <stdbool.h>

typedef enum host_kind {
  HOST_VERB = 1,       /* our own scripts that carry out a verb: may read files, grant secrets, run streams */
  HOST_STREAM = 2,     /* one stream: the sandbox */
  HOST_PROMPT = 8,     /* a person's prompt: the sandbox, and what makes code of the lines typed */
  HOST_INTERPRETER = 4 /* everything, standard libraries too: for specs */
} host_kind;

typedef struct host {
  host_kind kind;
  lua_State *L;
  runtime *runtime;
  sink_stream *stream; /* the only stream whose lines it may write; NULL: none */
  const char *beside;  /* the stream beside whose script it may read files; NULL: none. A verb: any */
  task *running;       /* NULL: none of its tasks is */
  void (*push_subject)(lua_State *L, lua_State *thread); /* what a thread works on, to go behind a message, or "" */
  const struct module *modules;                          /* what scripts can require in C (require.h) */
  cells cells;
  size_t memory, memory_cap;    /* bytes; cap 0: none */
  size_t outside, outside_next; /* bytes that its values hold in C; at how many garbage is collected for their sake */
#ifdef PERIGEE_SANITIZED
  size_t since_collected; /* allocations, for PERIGEE_GC=KIB */
  bool refused;           /* the last one, so that it is tried again */
#endif
  siphash_seed seed; /* of keys (keys_seed), where `has_seed` */
  bool has_seed;
  bool has_waited;              /* one of its tasks has waited once */
  bool is_last;                 /* no other state is begun after it */
  char overrun[300];            /* where it ran into the limit of time; empty: it did not */
  bytes last_words, last_plain; /* for the end of the process in it (stop_prepare) */
  signals_words words;          /* of them */
} host;

/*
 * A new state, opened by the runtime's `open`. NULL: memory is short. `runtime` and `stream` stay with the caller and
 * outlive it.
 */
host *host_new(runtime *runtime, host_kind kind, sink_stream *stream);

/* Closes the state, and with it ends all of its tasks. NULL is allowed. */
void host_free(host *h);

/* The host and the runtime of a state or coroutine. */
host *host_of(lua_State *L);

/* Where what is logged in it goes: to its stream's sink, else to the process's. */
sink *host_sink(const host *h);
runtime *runtime_of(lua_State *L);

/*
 * Says that a value holds `size` bytes in C, and no longer `*held`. Lua's collector does not know of them, so where
 * they have grown by much it is run: a script that lets responses go must not run out of memory.
 */
void host_hold(lua_State *L, size_t *held, size_t size);

/*
 * The one place where C calls Lua: the function and `nargs` arguments are on the stack. True: `nresults` results
 * are there instead. False: one string is, the message with a traceback.
 */
bool host_call(lua_State *L, int nargs, int nresults);

/* The message handler of host_call: adds a traceback to what was raised. */
int host_traceback(lua_State *L);

#endif
