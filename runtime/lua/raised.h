/* What a script raised, in words: a text as it is, a table by its fields. */
#ifndef PERIGEE_RAISED_H
#define PERIGEE_RAISED_H

#include <lua.h>

/* Where a thread was in a script of the user's, as "file:line: "; else "". Lua says it with its own errors alone. */
void raised_push_place(lua_State *L, lua_State *thread);

/*
 * Replaces the value on top of L, which `thread` raised, by a text. May call a __tostring of the script's own, and
 * raise what that raises.
 */
void raised_describe(lua_State *L, lua_State *thread);

#endif
