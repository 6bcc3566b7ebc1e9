#include "lua/bindings/resources_lua.h"

#include "cli/stream_files.h"
#include "lua/bindings/files_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

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
  bytes *path = glue_bytes(L);
  if (stream && may_read_beside(host_of(L), stream) && stream_files_beside(r->paths, r->options, stream, name, path))
    return files_push(L, path->data);
  bytes_clear(path);
  if (!paths_join(&r->paths->schemas, name, path)) return luaL_argerror(L, 1, "no name of a file");
  return files_push(L, path->data);
}

int open_resources(lua_State *L) {
  static const luaL_Reg functions[] = {{"read", read_resource}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
