#include "lua/host.h"

#include "lua/raised.h"

#include <lauxlib.h>
#include <stdlib.h>

#define DEFAULT_MEMORY_CAP ((size_t)64 << 20)
#define DOCUMENT_MEMORY_CAP ((size_t)1 << 30) /* of a verb that takes a whole document apart */
#define OUTSIDE_ROOM ((size_t)16 << 20)
/* Percent of what lives at which garbage is collected: there are many states, so less than Lua's. */
#define GC_PAUSE 130

#ifdef PERIGEE_SANITIZED
/*
 * Lua collects all garbage where an object is refused, and asks again once; for what is no object it may not. With
 * PERIGEE_GC=KIB so many are refused that each costs a walk over so much: nearly all in a small state.
 */
static bool is_time_to_collect(host *h, size_t type) {
  int64_t kib = h->runtime->options ? h->runtime->options->collect_kib : 0;
  bool asked_again = h->refused;
  h->refused = false;
  if (!kib || !h->L || !type || asked_again) return false;
  if (++h->since_collected < h->memory / ((size_t)kib << 10)) return false;
  h->since_collected = 0;
  return true;
}
static void *refuse(host *h) {
  h->refused = true;
  return NULL;
}
#else
#define is_time_to_collect(h, type) false
#define refuse(h) NULL
#endif

/* Counts what Lua holds and refuses growth beyond the cap; shrinking and freeing always work. */
static void *allocate(void *user, void *old, size_t old_size, size_t size) {
  host *h = user;
  size_t had = old ? old_size : 0; /* without `old`, old_size tells the type */
  if (!old && size && is_time_to_collect(h, old_size)) return refuse(h);
  if (size > had && h->memory_cap && h->memory - had + size > h->memory_cap) return refuse(h);
  void *block = cells_resize(&h->cells, old, had, size);
  if (block || size == 0) h->memory = h->memory - had + size;
  return block;
}

host *host_of(lua_State *L) {
  return *(host **)lua_getextraspace(L);
}

sink *host_sink(const host *h) {
  return h->stream ? h->stream->to : h->runtime->sink;
}

runtime *runtime_of(lua_State *L) {
  return host_of(L)->runtime;
}

/* Letting go comes from collectors too, in which nothing may be collected. */
void host_hold(lua_State *L, size_t *held, size_t size) {
  host *h = host_of(L);
  bool more = size > *held;
  if (more && h->runtime->options->collect_always) lua_gc(L, LUA_GCCOLLECT);
  h->outside = h->outside - *held + size;
  *held = size;
  if (more && h->outside > h->outside_next) {
    lua_gc(L, LUA_GCCOLLECT);
    h->outside_next = h->outside + OUTSIDE_ROOM;
  } else if (h->outside_next > h->outside + OUTSIDE_ROOM) {
    h->outside_next = h->outside + OUTSIDE_ROOM;
  }
}

int host_traceback(lua_State *L) {
  lua_settop(L, 1);
  raised_describe(L, L);
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}

bool host_call(lua_State *L, int nargs, int nresults) {
  int base = lua_gettop(L) - nargs;
  lua_pushcfunction(L, host_traceback);
  lua_insert(L, base);
  bool ok = lua_pcall(L, nargs, nresults, base) == LUA_OK;
  lua_remove(L, base);
  return ok;
}

static size_t memory_cap(const runtime *r, host_kind kind) {
  if (kind == HOST_INTERPRETER) return 0;
  return kind == HOST_VERB && r->options && r->options->from ? DOCUMENT_MEMORY_CAP : DEFAULT_MEMORY_CAP;
}

host *host_new(runtime *r, host_kind kind, sink_stream *stream) {
  host *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  h->kind = kind;
  h->runtime = r;
  r->hosts++;
  h->stream = stream;
  h->memory_cap = memory_cap(r, kind);
  h->outside_next = OUTSIDE_ROOM;
  h->L = lua_newstate(allocate, h);
  if (h->L) {
    *(host **)lua_getextraspace(h->L) = h;
    lua_gc(h->L, LUA_GCINC, GC_PAUSE, 0, 0);
    lua_pushcfunction(h->L, r->open);
    if (host_call(h->L, 0, 0)) return h;
  }
  host_free(h);
  return NULL;
}

void host_free(host *h) {
  if (!h) return;
  if (h->L) lua_close(h->L);
  cells_free(&h->cells);
  h->runtime->hosts--;
  bytes_free(&h->last_words);
  bytes_free(&h->last_plain);
  free(h);
}
