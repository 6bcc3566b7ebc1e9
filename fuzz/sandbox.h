/* What must hold of a sandbox's Lua state, for the target `sandbox`. */
#ifndef PERIGEE_FUZZ_SANDBOX_H
#define PERIGEE_FUZZ_SANDBOX_H

#include <lua.h>

/* Notes what Lua's own libraries have that no script may have; `L` has all of them. */
void sandbox_forbid(lua_State *L);

/* Notes what a state that was just made holds of what all its values share. */
void sandbox_note(lua_State *L);

/* A C function, to be called protected: none of that has changed, and from the values that are its arguments, and the
 * globals, a script comes to nothing that is forbidden. */
int sandbox_check(lua_State *L);

#endif
