#include "lua/bindings/digest_lua.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/shard.h"
#include "child/in_child/parent_channel.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <string.h>

#define MOST_RANDOM 1024 /* bytes at once */

static int push_bytes(lua_State *L, const bytes *b) {
  lua_pushlstring(L, b->data ? b->data : "", b->length);
  return 1;
}

static int sha256(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  unsigned char out[DIGEST_SHA256_SIZE];
  glue_need(L, digest_sha256(text, length, out));
  lua_pushlstring(L, (const char *)out, sizeof out);
  return 1;
}

/* A secret's handle as the key is exchanged here or in the parent, so that no script holds the key itself. */
static int hmac(lua_State *L) {
  size_t key_length, length;
  const char *key = luaL_checklstring(L, 1, &key_length), *text = luaL_checklstring(L, 2, &length);
  const runtime *r = runtime_of(L);
  const char *secret = r->parent ? NULL : secrets_value(r->secrets, key);
  unsigned char out[DIGEST_SHA256_SIZE];
  if (secret) key = secret, key_length = strlen(secret);
  bool made = r->parent && secrets_is_handle(key) && parent_channel_hmac(r->parent, key, text, length, out);
  glue_need(L, made || digest_hmac(key, key_length, text, length, out));
  lua_pushlstring(L, (const char *)out, sizeof out);
  return 1;
}

/* digest.shard(name, count): which of so many shards a name falls to, from 0. */
static int shard(lua_State *L) {
  size_t length;
  uint64_t index = 0;
  const char *name = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, count > 0, 2, "at least one shard was expected");
  glue_need(L, shard_of(name, length, (uint64_t)count, &index));
  lua_pushinteger(L, (lua_Integer)index);
  return 1;
}

static int hex(lua_State *L) {
  size_t length;
  const unsigned char *text = (const unsigned char *)luaL_checklstring(L, 1, &length);
  bytes *out = glue_bytes(L);
  glue_need(L, bytes_reserve(out, length * 2 + 1));
  for (size_t i = 0; i < length; i++) glue_need(L, bytes_printf(out, "%02x", text[i]));
  return push_bytes(L, out);
}

static int to_base64(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bytes *out = glue_bytes(L);
  glue_need(L, base64_encode(text, length, out));
  return push_bytes(L, out);
}

static int from_base64(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bytes *out = glue_bytes(L);
  if (!base64_decode(text, length, out)) return glue_fail(L, "malformed", "the text is not base64");
  return push_bytes(L, out);
}

/* On a replay each state draws the same bytes every time (the upvalue counts its draws). */
static int random_bytes(lua_State *L) {
  lua_Integer count = luaL_checkinteger(L, 1);
  unsigned char out[MOST_RANDOM + DIGEST_SHA256_SIZE];
  luaL_argcheck(L, count >= 1 && count <= MOST_RANDOM, 1, "from 1 to 1024 bytes were expected");
  lua_Integer draw = lua_tointeger(L, lua_upvalueindex(1));
  bool ok = true;
  if (!runtime_of(L)->time.fixed)
    ok = digest_random(out, (size_t)count);
  else
    for (lua_Integer at = 0; ok && at < count; at += DIGEST_SHA256_SIZE)
      ok = digest_repeatable((uint64_t)draw++, out + at);
  if (!ok) return luaL_error(L, "the system gives no random bytes");
  lua_pushinteger(L, draw);
  lua_replace(L, lua_upvalueindex(1));
  lua_pushlstring(L, (const char *)out, (size_t)count);
  return 1;
}

int open_digest(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"sha256", sha256},           {"hmac", hmac},   {"hex", hex}, {"base64", to_base64},
      {"from_base64", from_base64}, {"shard", shard}, {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, random_bytes, 1);
  lua_setfield(L, -2, "random");
  return 1;
}
