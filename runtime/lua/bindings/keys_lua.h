/* The module `keys`: sets of records' keys. */
#ifndef PERIGEE_KEYS_LUA_H
#define PERIGEE_KEYS_LUA_H

#include "page/keyset.h"

#include <lua.h>

int open_keys(lua_State *L);

/* The set at `index`; raises when it is none. */
keyset *keyset_check(lua_State *L, int index);

#endif
