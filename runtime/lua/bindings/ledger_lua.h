/* The module `ledger`: what the lists of a stream have sent. */
#ifndef PERIGEE_LEDGER_LUA_H
#define PERIGEE_LEDGER_LUA_H

#include <lua.h>

int open_ledger(lua_State *L);

#endif
