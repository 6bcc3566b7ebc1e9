#include "lua/bindings/allowed_hosts_lua.h"

#include "child/in_child/parent_channel.h"
#include "http/allowed_hosts.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

typedef bool adder(allowed_hosts *to, const char *text);

/* Raises nothing while `checked` holds memory. */
static bool is_known(adder *add, const char *named) {
  allowed_hosts checked = {0};
  bool ok = add(&checked, named);
  allowed_hosts_free(&checked);
  return ok;
}

/* The list's texts, each with a zero byte behind it; `wrong` is the first that is none, or NULL. Both on the stack. */
static const bytes *check_texts(lua_State *L, adder *add, const char **wrong) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *texts = glue_bytes(L);
  *wrong = NULL;
  for (lua_Integer i = 1; lua_geti(L, 1, i) != LUA_TNIL; lua_pop(L, 1), i++) {
    const char *named = luaL_checkstring(L, -1);
    if (!is_known(add, named)) return *wrong = named, texts;
    glue_need(L, bytes_append(texts, named, strlen(named) + 1));
  }
  return texts;
}

/* allowed_hosts.grant(hosts): in a child, the hosts that the stream's script names; elsewhere they are only checked. */
static int grant_hosts(lua_State *L) {
  const char *wrong;
  const runtime *r = runtime_of(L);
  const bytes *hosts = check_texts(L, allowed_hosts_add, &wrong);
  if (wrong) return glue_fail(L, "no_host", "'%s' is no host; write api.example.com, or http://127.0.0.1:8080", wrong);
  if (r->parent) parent_channel_grant(r->parent, hosts);
  lua_pushboolean(L, true);
  return 1;
}

/* allowed_hosts.allow(methods): in a child, those that the stream's script names; elsewhere they are only checked. */
static int allow_methods(lua_State *L) {
  const char *wrong;
  const runtime *r = runtime_of(L);
  const bytes *methods = check_texts(L, allowed_hosts_allow, &wrong);
  if (wrong) return glue_fail(L, "no_method", "'%s' is none of POST, PUT, PATCH and DELETE", wrong);
  if (r->parent) parent_channel_allow(r->parent, methods);
  lua_pushboolean(L, true);
  return 1;
}

int open_allowed_hosts(lua_State *L) {
  static const luaL_Reg functions[] = {{"grant", grant_hosts}, {"allow", allow_methods}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
