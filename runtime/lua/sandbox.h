/* What a script of a stream or a prompt may see of Lua's standard libraries: an allow-list. */
#ifndef PERIGEE_SANDBOX_H
#define PERIGEE_SANDBOX_H

#include <lua.h>

/* Gives a new state the libraries that are safe. `print` goes to the log, `os.time` by the runtime's clock. May raise.
 */
void sandbox_open(lua_State *L);

/* From now on a global that is not there raises, whether it is read or written. May raise. */
void sandbox_close(lua_State *L);

#endif
