#include "lua/bindings/host_lua.h"

#include "lua/require.h"

#include <lauxlib.h>

typedef struct alias {
  const char *name, *module, *field;
} alias;

static const alias aliases[] = {
    {"options", "command_line", "options"},
    {"version", "command_line", "version"},
    {"resource", "resources", "read"},
    {"grant", "allowed_hosts", "grant"},
    {"stream", "stream_scripts", "load"},
    {"undefined", "stream_scripts", "undefined"},
    {"streams", "stream_scripts", "list"},
    {"read_file", "files", "read"},
    {"write_file", "files", "write"},
    {"write_new", "files", "write_new"},
    {"files", "files", "list"},
    {"record", "recording", "record"},
    {"replay", "recording", "replay"},
    {"program", "program", "run"},
    {"run", "sandbox", "run"},
    {"prompt", "sandbox", "prompt"},
    {NULL, NULL, NULL},
};

/* A module that this kind of state cannot require gives no function here either. */
int open_host(lua_State *L) {
  lua_newtable(L);
  for (const alias *a = aliases; a->name; a++) {
    if (!require_module(L, a->module)) continue;
    lua_getfield(L, -1, a->field);
    lua_setfield(L, -3, a->name);
    lua_pop(L, 1);
  }
  return 1;
}
