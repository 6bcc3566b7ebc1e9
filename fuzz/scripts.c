/* Our scripts on what servers and users write: they answer or say what is wrong, and raise nothing. */
#include "input.h"
#include "process.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUTS 300 /* for one process's worth of state, in which each configuration leaves its secrets */

static input_file file;
static options o;
static runtime r;
static host *h;

static void prepare(void) {
  process_prepare(NULL);
  process_words(&o, (char *[]){"perigee", "spec", NULL});
  input_file_make(&file);
}

/* A state as specs have it, with the function of scripts.lua on its stack. */
static void open_state(void) {
  process_begin(&r, &o);
  h = host_new(&r, HOST_INTERPRETER, NULL);
  MUST(h && luaL_loadfile(h->L, FUZZ_SOURCE "/fuzz/scripts.lua") == LUA_OK && host_call(h->L, 0, 1));
}

static void close_state(void) {
  host_free(h);
  process_end(&r);
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
  input_file_write(&file, data, size);
  lua_pushvalue(L, -1);
  lua_pushinteger(L, (lua_Integer)kind);
  lua_pushlstring(L, size ? (const char *)data : "", size);
  lua_pushstring(L, file.path);
  if (!host_call(L, 3, 0)) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
  }
  return 0;
}
