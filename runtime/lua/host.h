/*
 * A host: one Lua state, what a script in it may see, and its memory cap. All hosts share one runtime (runtime.h).
 * The host is found from any of its coroutines by host_of (lua_getextraspace), never through a global of C.
 */
#ifndef PERIGEE_HOST_H
#define PERIGEE_HOST_H

#include "airbyte/airbyte.h"
#include "lua/runtime.h"

#include <lua.h>
#include <stdbool.h>

typedef enum host_kind {
  HOST_VERB = 1,       /* our own scripts that carry out a verb: may read files, grant secrets, run streams */
  HOST_STREAM = 2,     /* one stream: the sandbox */
  HOST_PROMPT = 8,     /* a person's prompt: the sandbox, and what makes code of the lines typed */
  HOST_INTERPRETER = 4 /* everything, standard libraries too: for specs */
} host_kind;

struct host {
  host_kind kind;
  lua_State *L;
  runtime *runtime;
  airbyte_stream *stream; /* the only stream whose lines it may write; NULL: none */
  task *running;
  size_t memory, memory_cap;    /* bytes; cap 0: none */
  size_t outside, outside_next; /* bytes that its values hold in C; at how many garbage is collected for their sake */
  bool settled;                 /* it has waited once */
};

/* A new state, with its libraries. NULL: memory is short. `stream` stays with the caller and outlives the host. */
host *host_new(runtime *runtime, host_kind kind, airbyte_stream *stream);
void host_free(host *h);

/*
 * Makes the host's task: it runs the chunk (Lua text) with two arguments, a name and a text. NULL: the reason is on
 * top of the stack of h->L. The task and its results stay until the host is freed.
 */
task *host_start(host *h, const char *chunk, const char *name, const char *text, size_t length);
#define HOST_RUN_SCRIPT "local name, text = ... return require(name)(text)"

/* The host of a state or coroutine. */
host *host_of(lua_State *L);

/*
 * Says that a value holds so many bytes in C, and no longer `*held`. Lua's collector does not know of them, so where
 * they have grown by much it is run: a script that lets answers go must not run out of memory.
 */
void host_hold(lua_State *L, size_t *held, size_t size);

/*
 * The one place where C calls Lua: the function and `nargs` arguments are on the stack. True: `nresults` results
 * are there instead. False: one string is, the message with a traceback.
 */
bool host_call(lua_State *L, int nargs, int nresults);

/* The message handler of host_call: adds a traceback to what was raised. */
int host_traceback(lua_State *L);

/*
 * `require` for scripts: C modules of the table in host_require.c, lua-cjson, files of the scripts folder; and, for a
 * user's own stream, those beside its script (this path). Nothing else.
 */
void host_open_require(lua_State *L);
void host_look_beside(lua_State *L, const char *script);

/* Has scripts loaded again by the next `require`; modules in C stay. */
void host_forget_scripts(lua_State *L);

#endif
