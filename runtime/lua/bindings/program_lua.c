#include "lua/bindings/program_lua.h"

#include "base/program.h"
#include "lua/glue.h"

#include <lauxlib.h>
#include <string.h>

#define MAX_WORDS 500
#define MAX_OUTPUT ((size_t)1 << 20)

/* The words stay on the stack, and so alive. */
static void check_words(lua_State *L, char **words) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 1);
  luaL_argcheck(L, count >= 1 && count <= MAX_WORDS, 1, "a list of words was expected");
  luaL_checkstack(L, (int)count, "too many words");
  for (lua_Integer i = 0; i < count; i++) {
    lua_rawgeti(L, 1, i + 1);
    words[i] = (char *)luaL_checkstring(L, -1);
  }
}

/* program.run(words): runs it to its end; what it wrote, and its exit status (-1: a signal). */
static int run(lua_State *L) {
  char *words[MAX_WORDS + 1] = {0};
  int status = 0;
  check_words(L, words);
  bytes *out = glue_bytes(L);
  const char *why = program_run(words, MAX_OUTPUT, out, &status);
  if (why) return glue_fail(L, strcmp(why, "absent") == 0 ? "absent" : "failed", "%s: %s", words[0], why);
  lua_pushlstring(L, out->data ? out->data : "", out->length);
  lua_pushinteger(L, status);
  return 2;
}

int open_program(lua_State *L) {
  static const luaL_Reg functions[] = {{"run", run}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
