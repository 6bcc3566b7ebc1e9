#include "lua/bindings/console_lua.h"

#include "airbyte/console.h"
#include "base/ask.h"
#include "base/printable.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>

/* console.write(text): to standard output at once, secrets masked. */
static int write_text(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  runtime *r = runtime_of(L);
  glue_need(L, console_write(&r->console, r->secrets, text, length));
  return 0;
}

/* console.clean(text): as a terminal may be given it. */
static int clean(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bytes *out = glue_bytes(L);
  glue_need(L, printable_append(out, text, length, false));
  lua_pushlstring(L, out->data ? out->data : "", out->length);
  bytes_free(out);
  return 1;
}

/* console.terminal(): may it be coloured?, columns, is it a terminal? */
static int describe_terminal(lua_State *L) {
  int columns;
  bool is_terminal = console_is_terminal(&columns);
  lua_pushboolean(L, console_has_colours());
  lua_pushinteger(L, columns);
  lua_pushboolean(L, is_terminal);
  return 3;
}

/* console.ask(prompt): the line that a person types. */
static int ask(lua_State *L) {
  bytes *line = glue_bytes(L);
  ask_state state = ask_line(luaL_checkstring(L, 1), false, line);
  if (state == ASK_NO_TERMINAL) return glue_fail(L, "no_terminal", "standard input is no terminal");
  if (state == ASK_ENDED) return glue_fail(L, "ended", "nothing was typed");
  glue_need(L, state == ASK_LINE);
  lua_pushlstring(L, line->data, line->length);
  return 1;
}

int open_console(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"write", write_text}, {"clean", clean}, {"terminal", describe_terminal}, {"ask", ask}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
