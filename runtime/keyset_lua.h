/* The module `keys`: sets of records' keys. */
#ifndef PERIGEE_KEYSET_LUA_H
#define PERIGEE_KEYSET_LUA_H

#include "keyset.h"

#include <lua.h>

int open_keys(lua_State *L);

/* The set at `index`; raises when it is none. */
keyset *keyset_check(lua_State *L, int index);

#endif
