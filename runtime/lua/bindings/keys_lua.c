#include "lua/bindings/keys_lua.h"

#include "base/base64.h"
#include "base/digest.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

#define KEYSET_TYPE "perigee.keys"
#define MAX_LIMIT 10000000
#define SEEDED '~' /* before a key's text, where it was made with a seed */

known_keys *known_keys_check(lua_State *L, int index) {
  return luaL_checkudata(L, index, KEYSET_TYPE);
}

static int collect(lua_State *L) {
  known_keys *s = known_keys_check(L, 1);
  keyset_free(&s->keys);
  keyset_free(&s->old);
  return 0;
}

/* ---- the seed */

const siphash_seed *keys_seed(lua_State *L) {
  host *h = host_of(L);
  unsigned char drawn[DIGEST_SHA256_SIZE];
  if (h->has_seed) return &h->seed;
  bool fixed = h->runtime->time.fixed; /* a replay prints the same states tomorrow */
  if (!(fixed ? digest_repeatable(0, drawn) : digest_random(drawn, sizeof h->seed.bytes)))
    luaL_error(L, "the system gives no random bytes");
  memcpy(h->seed.bytes, drawn, sizeof h->seed.bytes);
  h->has_seed = true;
  return &h->seed;
}

/* keys.seed(): the seed of this state's keys, as a text for a state. */
static int seed(lua_State *L) {
  bytes *text = glue_bytes(L);
  const siphash_seed *own = keys_seed(L);
  glue_need(L, base64_encode((const char *)own->bytes, sizeof own->bytes, text));
  lua_pushlstring(L, text->data, text->length);
  return 1;
}

/* keys.use(text): from now on keys are made with this seed. False: it is none. */
static int use(lua_State *L) {
  size_t length = 0;
  const char *text = luaL_checklstring(L, 1, &length);
  bytes *read = glue_bytes(L);
  host *h = host_of(L);
  bool ok = base64_decode(text, length, read) && read->length == sizeof h->seed.bytes;
  if (ok) memcpy(h->seed.bytes, read->data, sizeof h->seed.bytes);
  h->has_seed = h->has_seed || ok;
  lua_pushboolean(L, ok);
  return 1;
}

/* ---- sets */

/* set:count(). */
static int count(lua_State *L) {
  const known_keys *s = known_keys_check(L, 1);
  lua_pushinteger(L, (lua_Integer)s->keys.count + (lua_Integer)s->old.count);
  return 1;
}

/* set:add(text): a key of any text, such as a cursor; true when it was not there. */
static int add(lua_State *L) {
  size_t length;
  known_keys *s = known_keys_check(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  key k = key_of(keys_seed(L), (key){0}, text, length);
  bool known = keyset_has(&s->keys, k);
  glue_need(L, keyset_add(&s->keys, k));
  lua_pushboolean(L, !known);
  return 1;
}

static void push_text(lua_State *L, key k, bool seeded) {
  char text[1 + KEY_TEXT_SIZE] = {SEEDED};
  key_write(k, text + 1);
  lua_pushlstring(L, text + !seeded, KEY_TEXT_SIZE - 1 + seeded);
}

void keys_push(lua_State *L, key k) {
  push_text(L, k, true);
}

/* Appends the keys' texts to the list on top of the stack. */
static void push_texts(lua_State *L, const keyset *s, bool seeded) {
  lua_Integer at = (lua_Integer)lua_rawlen(L, -1);
  for (size_t i = 0; i < s->count; i++) {
    push_text(L, keyset_at(s, i), seeded);
    lua_rawseti(L, -2, ++at);
  }
}

/* set:list(): the keys' texts, oldest first, for a state. */
static int list(lua_State *L) {
  const known_keys *s = known_keys_check(L, 1);
  lua_createtable(L, (int)(s->keys.count + s->old.count), 0);
  push_texts(L, &s->old, false);
  push_texts(L, &s->keys, true);
  return 1;
}

/* Adds the key whose text is on top of the stack, where it is one. */
static bool add_text(lua_State *L, known_keys *s) {
  size_t length = 0;
  key k;
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
  bool seeded = *text == SEEDED;
  if (!key_read(text + seeded, length - seeded, &k)) return false;
  glue_need(L, keyset_add(seeded ? &s->keys : &s->old, k));
  return true;
}

/* set:load(list): adds texts that list() gave; false when one is none. */
static int load(lua_State *L) {
  known_keys *s = known_keys_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer n = luaL_len(L, 2);
  bool ok = true;
  for (lua_Integer i = 1; ok && i <= n; i++) {
    lua_rawgeti(L, 2, i);
    ok = add_text(L, s);
    lua_pop(L, 1);
  }
  lua_pushboolean(L, ok);
  return 1;
}

/* keys.set(limit): an empty set, that forgets its oldest key beyond the limit. */
static int set(lua_State *L) {
  static const luaL_Reg methods[] = {{"count", count}, {"add", add}, {"list", list}, {"load", load}, {NULL, NULL}};
  lua_Integer limit = luaL_checkinteger(L, 1);
  luaL_argcheck(L, limit > 0 && limit <= MAX_LIMIT, 1, "a limit from 1 to 10,000,000 was expected");
  known_keys *s = lua_newuserdatauv(L, sizeof *s, 0);
  keyset_init(&s->keys, (size_t)limit);
  keyset_init(&s->old, (size_t)limit);
  glue_type(L, KEYSET_TYPE, methods, collect);
  lua_setmetatable(L, -2);
  return 1;
}

int open_keys(lua_State *L) {
  static const luaL_Reg functions[] = {{"set", set}, {"seed", seed}, {"use", use}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
