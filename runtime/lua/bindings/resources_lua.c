#include "lua/bindings/resources_lua.h"

#include "lua/glue.h"
#include "lua/host.h"
#include "lua/script_file.h"

#include <lauxlib.h>
#include <string.h>

/* A verb's files are its own to choose; a stream's script reads what is beside itself, one of the configuration
 * nothing. */
static bool may_read_beside(const host *h, const char *stream) {
  if (h->kind == HOST_VERB || h->kind == HOST_INTERPRETER) return true;
  return h->beside && strcmp(h->beside, stream) == 0;
}

/* resources.read(name, stream): the text of a file beside that stream's script, else of one below schemas/; no other.
 */
static int read_resource(lua_State *L) {
  const runtime *r = runtime_of(L);
  const char *name = luaL_checkstring(L, 1), *stream = luaL_optstring(L, 2, NULL);
  script_text out = {.path = glue_bytes(L), .text = glue_bytes(L), .why = glue_bytes(L)};
  script_found found = SCRIPT_MISSING;
  if (stream && may_read_beside(host_of(L), stream))
    found = script_file_read(r, &(script_file){SCRIPT_FILE_BESIDE, name, stream}, &out);
  if (found == SCRIPT_MISSING) found = script_file_read(r, &(script_file){SCRIPT_FILE_SCHEMA, name, ""}, &out);
  if (found == SCRIPT_MISSING) return luaL_argerror(L, 1, "no name of a file");
  if (found != SCRIPT_FOUND) return glue_fail(L, "unreadable", "%s", out.why->data);
  lua_pushlstring(L, out.text->data ? out.text->data : "", out.text->length);
  return 1;
}

int open_resources(lua_State *L) {
  static const luaL_Reg functions[] = {{"read", read_resource}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
