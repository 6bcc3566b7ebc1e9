#include "lua/bindings/recording_lua.h"

#include "har/secret_names.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>

static int move(lua_State *L, bool (*to)(recording *r, const char *path, bytes *why)) {
  const char *path = luaL_optstring(L, 1, NULL);
  bytes *why = glue_bytes(L);
  if (!to(runtime_of(L)->recording, path, why)) return glue_fail(L, "unreadable", "%s", why->data);
  lua_pushboolean(L, true);
  return 1;
}

/* recording.replay(path): answers requests from this file; nil: from the network. Also returns its first URL. */
static int replay(lua_State *L) {
  int n = move(L, recording_replay);
  const char *url = recording_first_url(runtime_of(L)->recording);
  if (n != 1 || !url) return n;
  lua_pushstring(L, url);
  return 2;
}

/* recording.replay_text(text): the same of the text of a recording. */
static int replay_text(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  bytes *why = glue_bytes(L);
  if (!recording_replay_text(runtime_of(L)->recording, text, length, why))
    return glue_fail(L, "unreadable", "%s", why->data);
  lua_pushboolean(L, true);
  return 1;
}

/* recording.is_replayed(): do responses come from a recording? */
static int is_replayed(lua_State *L) {
  lua_pushboolean(L, recording_is_replayed(runtime_of(L)->recording));
  return 1;
}

/* recording.record(path): writes exchanges to this file; nil: no more. */
static int record(lua_State *L) {
  return move(L, recording_record);
}

/* recording.redact(names): from now on also masks these members of JSON bodies in what is recorded. */
static int redact(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  for (lua_Integer i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
    glue_need(L, recording_redact(runtime_of(L)->recording, luaL_checkstring(L, -1)));
    lua_pop(L, 1);
  }
  return 0;
}

/* recording.is_secret(kind, name): does a header, a parameter or a member of this name hold a secret? */
static int is_secret(lua_State *L) {
  static const char *const kinds[] = {"header", "parameter", "member", NULL};
  static bool (*const tests[])(const char *, size_t) = {secret_names_header, secret_names_parameter,
                                                        secret_names_member};
  size_t length;
  int kind = luaL_checkoption(L, 1, NULL, kinds);
  const char *name = luaL_checklstring(L, 2, &length);
  lua_pushboolean(L, tests[kind](name, length));
  return 1;
}

void recording_functions(lua_State *L) {
  static const luaL_Reg functions[] = {{"record", record}, {"replay", replay}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}

int open_recording(lua_State *L) {
  lua_newtable(L);
  recording_functions(L);
  lua_pushcfunction(L, redact);
  lua_setfield(L, -2, "redact");
  lua_pushcfunction(L, replay_text);
  lua_setfield(L, -2, "replay_text");
  lua_pushcfunction(L, is_replayed);
  lua_setfield(L, -2, "is_replayed");
  lua_pushcfunction(L, is_secret);
  lua_setfield(L, -2, "is_secret");
  return 1;
}
