/* `require "digest"`: digests, signatures, base64 and random bytes for scripts. */
#ifndef PERIGEE_DIGEST_LUA_H
#define PERIGEE_DIGEST_LUA_H

#include <lua.h>

int open_digest(lua_State *L);

#endif
