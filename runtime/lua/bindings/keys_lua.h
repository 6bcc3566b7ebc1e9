/* The module `keys`: sets of records' keys. */
#ifndef PERIGEE_KEYS_LUA_H
#define PERIGEE_KEYS_LUA_H

#include "page/keyset.h"

#include <lua.h>

int open_keys(lua_State *L);

/* The set at `index`; raises when it is none. */
known_keys *known_keys_check(lua_State *L, int index);

/* Pushes the text of a key that was made with the seed. */
void keys_push(lua_State *L, key k);

/* The seed of all keys in this state, which is drawn when it is first asked for. Raises where there is no chance. */
const siphash_seed *keys_seed(lua_State *L);

#endif
