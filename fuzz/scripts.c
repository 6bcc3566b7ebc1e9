/* Our scripts on what servers and users write: they answer or say what is wrong, and raise nothing. */
#include "input.h"
#include "lua/host.h"
#include "lua/modules.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define INPUTS 300 /* for one process's worth of state, in which each configuration leaves its secrets */

static char path[40];
static int file;
static options o;
static paths p;
static runtime r;
static host *h;

static void prepare(void) {
  static bytes why;
  char *words[] = {"perigee", "spec", NULL};
  MUST(options_read(&o, 2, words, &why));
  MUST(bytes_text(&p.scripts, FUZZ_SOURCE "/scripts") && bytes_text(&p.schemas, FUZZ_SOURCE "/schemas") &&
       bytes_text(&p.custom_streams, FUZZ_SOURCE "/no-such-folder"));
  file = memfd_create("input", 0);
  MUST(file >= 0);
  (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

/* A state as specs have it, with the function of scripts.lua on its stack. */
static void open_state(void) {
  static bytes why;
  MUST(runtime_set_up(&r, &o, &p, modules_open));
  r.recording = recording_new(r.http, r.secrets, &r.time, o.fault, &why);
  h = r.recording ? host_new(&r, HOST_INTERPRETER, NULL) : NULL;
  MUST(h && luaL_loadfile(h->L, FUZZ_SOURCE "/fuzz/scripts.lua") == LUA_OK && host_call(h->L, 0, 1));
}

static void close_state(void) {
  static bytes why;
  host_free(h);
  MUST(recording_free(r.recording, &why));
  runtime_tear_down(&r);
}

static void turn(void) {
  static unsigned count;
  if (!count) prepare();
  if (count && count % INPUTS == 0) close_state();
  if (count++ % INPUTS == 0) open_state();
}

/* A byte that chooses the script, and what it reads: as a text, and as a file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  turn();
  lua_State *L = h->L;
  unsigned kind = input_choice(&data, &size);
  MUST(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
  lua_pushvalue(L, -1);
  lua_pushinteger(L, (lua_Integer)kind);
  lua_pushlstring(L, size ? (const char *)data : "", size);
  lua_pushstring(L, path);
  if (!host_call(L, 3, 0)) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  return 0;
}
