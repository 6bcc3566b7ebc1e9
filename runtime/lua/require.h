/*
 * `require` for scripts: a closed list, so that no script reaches a library or a file that was not meant for it. There
 * are modules in C, files of the scripts folder and, for a user's own stream, those beside its script.
 */
#ifndef PERIGEE_REQUIRE_H
#define PERIGEE_REQUIRE_H

#include <lua.h>
#include <stdbool.h>

/* A module in C: its name, what pushes it, and the kinds of host that have it (host_kind). A list ends with {0}. */
typedef struct module {
  const char *name;
  lua_CFunction open;
  unsigned kinds;
} module;

/*
 * Sets the global `require` of a state; an interpreter keeps Lua's own, which looks here first. The list is static.
 * Raises when memory is short.
 */
void require_open(lua_State *L, const module *modules);

/* Pushes a module in C. False, and nothing is pushed: this kind of host has none of that name. */
bool require_module(lua_State *L, const char *name);

/* From now on scripts may also be beside that of this stream, which is a user's own. */
void require_beside(lua_State *L, const char *stream);

#endif
