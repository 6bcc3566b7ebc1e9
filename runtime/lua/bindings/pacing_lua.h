/*
 * The module `pacing`, for specs alone: the governor and the server's clock under a clock that a spec makes up. It is
 * in the product because specs run in that very binary (its hidden word `lua`); no other kind of host can require it.
 */
#ifndef PERIGEE_PACING_LUA_H
#define PERIGEE_PACING_LUA_H

#include <lua.h>

/* What governor_tell takes, from arguments: a share from 0 to 1 in thousandths; a list of names or nil, kept alive by
 * its table. */
#define PACING_MOST_OWN 64
unsigned pacing_share(lua_State *L, int index);
const char *const *pacing_own(lua_State *L, int index, const char *own[PACING_MOST_OWN + 1]);

int open_pacing(lua_State *L);

#endif
