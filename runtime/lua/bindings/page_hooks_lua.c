#include "lua/bindings/page_hooks_lua.h"

#include "lua/bindings/json_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/bindings/page_record_lua.h"
#include "lua/glue.h"
#include "lua/host.h"
#include "page/page_add.h"
#include "page/record.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <string.h>

#define EDITS_LIMIT ((size_t)64 << 20)
#define MAX_DRIFT 50 /* names in a log; a server may make names without end */

#define SHOWN_KEY 100 /* bytes of a key's part in a message */

/* The stack of a hook's call: page, f, context, reads, names of the key's fields, view; then what f returned. */
enum { HOOK_PAGE = 1, HOOK_F, HOOK_CONTEXT, HOOK_READS, HOOK_KEY, HOOK_VIEW, HOOK_RESULT };

static void push_subject(lua_State *L, lua_State *thread);

/* Raises an error at the line where the hook begins; luaL_error would name its caller. */
static int complain(lua_State *L, const char *message) {
  lua_Debug of;
  lua_pushvalue(L, HOOK_F);
  lua_getinfo(L, ">S", &of);
  lua_pushfstring(L, "%s:%d: %s", of.short_src, of.linedefined, message);
  return lua_error(L);
}

static record_view *open_hook(lua_State *L) {
  page *p = page_check(L, HOOK_PAGE);
  luaL_checktype(L, HOOK_F, LUA_TFUNCTION);
  lua_settop(L, HOOK_KEY);
  host_of(L)->push_subject = push_subject;
  glue_need(L, page_open_hooks(p));
  return record_new_view(L, HOOK_PAGE, p, HOOK_READS);
}

/* ---- the record that a hook failed at, for messages */

/* Appends the parts of the record's key to the text on top, by the names in the table at `names`; else its place. */
static void add_key(lua_State *L, const record_view *v, int names) {
  const page *p = v->page;
  const char *text = page_text(p), *before = "; the record's ";
  bool named = false;
  for (lua_Integer i = 1; lua_istable(L, names) && lua_rawgeti(L, names, i) == LUA_TSTRING; i++) {
    const char *name = lua_tostring(L, -1);
    json_slice part = json_path(text, p->rows.rows[v->row], name);
    lua_pushlstring(L, part.length ? text + part.start : "null",
                    !part.length              ? 4
                    : part.length < SHOWN_KEY ? part.length
                                              : SHOWN_KEY);
    lua_pushfstring(L, "%s%s is %s", named ? ", " : before, name, lua_tostring(L, -1));
    lua_replace(L, -3);
    lua_pop(L, 1);
    lua_concat(L, 2);
    named = true;
  }
  if (lua_istable(L, names)) lua_pop(L, 1);
  if (named) return;
  lua_pushfstring(L, "; it is record %d of its page", (int)v->row + 1);
  lua_concat(L, 2);
}

/* Pushes the value of a C function's stack, of another thread perhaps. */
static void take_slot(lua_State *L, lua_State *thread, const lua_Debug *at, int slot) {
  if (!lua_getlocal(thread, at, slot))
    lua_pushnil(L);
  else if (thread != L)
    lua_xmove(thread, L, 1);
}

static bool is_hook_call(lua_State *thread, lua_Debug *at) {
  lua_getinfo(thread, "f", at);
  lua_CFunction f = lua_tocfunction(thread, -1);
  lua_pop(thread, 1);
  return f == record_filter || f == record_transform;
}

static void push_subject(lua_State *L, lua_State *thread) {
  lua_Debug at;
  int base = lua_gettop(L);
  lua_pushliteral(L, "");
  if (!lua_checkstack(thread, 2) || !lua_checkstack(L, 8)) return;
  for (int level = 0; lua_getstack(thread, level, &at); level++) {
    if (!is_hook_call(thread, &at)) continue;
    take_slot(L, thread, &at, HOOK_VIEW);
    take_slot(L, thread, &at, HOOK_KEY);
    const record_view *v = lua_touserdata(L, base + 2);
    lua_pushvalue(L, base + 1);
    if (v && v->open && v->page->text) add_key(L, v, base + 3);
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
    return;
  }
}

/* Calls f(record, context) for a row. A script that has the page could have closed it meanwhile. */
static void call_hook(lua_State *L, record_view *v, size_t row) {
  v->row = row;
  v->changed = false;
  lua_pushvalue(L, HOOK_F);
  lua_pushvalue(L, HOOK_VIEW);
  lua_pushvalue(L, HOOK_CONTEXT);
  lua_call(L, 2, LUA_MULTRET);
  if (!v->page->text) luaL_error(L, "the page was closed by its own hook");
}

int record_filter(lua_State *L) {
  record_view *v = open_hook(L);
  page *p = v->page;
  lua_Integer held = 0;
  for (size_t i = 0; i < p->rows.count; i++) {
    if (!p->out[i]) continue;
    call_hook(L, v, i);
    if (lua_gettop(L) < HOOK_RESULT)
      return complain(L, "this filter returned nothing; it must return true for a record to keep, false for others");
    if (!lua_toboolean(L, HOOK_RESULT)) page_hold(p, i), held++;
    lua_settop(L, HOOK_VIEW);
  }
  lua_pushinteger(L, held);
  return 1;
}

static int write_result(lua_State *L) {
  json_write(L, 1, lua_touserdata(L, 2));
  return 0;
}

/* Puts the hook's table in the record's place. What cannot be written is told of where the hook is, not where we call
 * it. */
static void replace_by_table(lua_State *L, record_view *v, size_t row) {
  bytes_clear(&v->value);
  lua_pushcfunction(L, write_result);
  lua_pushvalue(L, HOOK_RESULT);
  lua_pushlightuserdata(L, &v->value);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK)
    complain(L, lua_pushfstring(L, "what this transform returned cannot go out: %s", lua_tostring(L, -1)));
  if (v->value.data[0] != '{') complain(L, "this transform returned a list; it must return one record");
  glue_need(L, page_replace(v->page, row, v->value.data, v->value.length));
}

static void replace(lua_State *L, record_view *v, size_t row) {
  page *p = v->page;
  int type = lua_gettop(L) < HOOK_RESULT ? LUA_TNIL : lua_type(L, HOOK_RESULT);
  if (type == LUA_TUSERDATA && lua_rawequal(L, HOOK_RESULT, HOOK_VIEW)) {
    if (v->changed) glue_need(L, page_replace(p, row, v->edited.data, v->edited.length));
  } else if (type == LUA_TTABLE) {
    replace_by_table(L, v, row);
  } else if (type == LUA_TBOOLEAN && !lua_toboolean(L, HOOK_RESULT)) {
    page_hold(p, row);
  } else {
    complain(
        L,
        "this transform must return the record, a table in its place, or false for none (is `return record` missing?)");
  }
  if (p->edits.length > EDITS_LIMIT) complain(L, "what this transform made of one page is larger than 64 MiB");
}

int record_transform(lua_State *L) {
  record_view *v = open_hook(L);
  page *p = v->page;
  for (size_t i = 0; i < p->rows.count; i++) {
    if (!p->out[i]) continue;
    call_hook(L, v, i);
    replace(L, v, i);
    lua_settop(L, HOOK_VIEW);
  }
  return 0;
}

int record_add(lua_State *L) {
  size_t length;
  json_error error;
  page *p = page_check(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  bytes *padded = glue_bytes(L); /* the scanner reads ahead, which a string of Lua's does not allow */
  glue_need(L, bytes_append(padded, text, length));
  bool valid = json_valid(padded->data, length, (json_limits){.depth = JSON_MAX_DEPTH}, &error);
  luaL_argcheck(L, valid && text[0] == '{', 2, "an object of JSON was expected");
  glue_need(L, page_add(p, padded->data, json_root(padded->data, length)));
  return 0;
}

/* ---- drift */

static void note_drift(lua_State *L, int found, unsigned kind) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, found);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, found) == LUA_TNIL && count < MAX_DRIFT) {
    lua_pushvalue(L, -2);
    lua_pushstring(L, record_kind_name(kind));
    lua_rawset(L, found);
    lua_pushvalue(L, -2);
    lua_rawseti(L, found, count + 1);
  }
  lua_pop(L, 1);
}

static void push_key(lua_State *L, const char *text, json_slice name) {
  if (memchr(text + name.start, '\\', name.length))
    json_push(L, text, name, NULL);
  else
    lua_pushlstring(L, text + name.start + 1, name.length - 2);
}

static void check_record(lua_State *L, const page *p, size_t row) {
  json_slice record;
  const char *text = page_record(p, row, &record);
  json_iterator it = json_iterate(text, record);
  while (json_next(&it)) {
    unsigned kind = record_kind(text, it.value);
    push_key(L, text, it.key);
    lua_pushvalue(L, -1);
    lua_rawget(L, 2);
    bool fits = (unsigned)lua_tointeger(L, -1) & kind;
    lua_pop(L, 1);
    if (!fits) note_drift(L, 3, kind);
    lua_pop(L, 1);
  }
}

/*
 * page:drift(types, found, at): of each record that goes out, or only of the first from `at` on (counted round the
 * page), notes in `found` the members whose kind is none of the bits in types[name].
 */
int record_drift(lua_State *L) {
  const page *p = page_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t count = p->rows.count, checked = 0;
  bool one = !lua_isnoneornil(L, 4);
  size_t at = one ? (size_t)luaL_checkinteger(L, 4) : 0;
  lua_settop(L, 3);
  for (size_t i = 0; i < count && !(one && checked); i++) {
    size_t row = (at + i) % count;
    if (page_goes_out(p, row)) check_record(L, p, row), checked++;
  }
  lua_pushinteger(L, (lua_Integer)checked);
  return 1;
}
