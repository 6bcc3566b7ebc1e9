#include "lua/bindings/page_record_lua.h"

#include "lua/bindings/json_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/glue.h"
#include "lua/host.h"
#include "page/record.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <string.h>

#define RECORD_TYPE "perigee.record"

enum { VIEW_PAGE = 1, VIEW_READS, VIEW_VALUES = VIEW_READS };

static record_view *check_open(lua_State *L, record_view *v) {
  if (!v->open || !v->page->text) luaL_error(L, "a record can be used only within its hook");
  return v;
}

static record_view *check_view(lua_State *L) {
  return check_open(L, luaL_checkudata(L, 1, RECORD_TYPE));
}

/* The record's text as it is now. */
static const char *text_of(const record_view *v, json_slice *record) {
  *record = (json_slice){0, v->edited.length};
  if (v->changed) return v->edited.data;
  *record = v->page->rows.rows[v->row];
  return page_text(v->page);
}

/* A string without escapes is most of what hooks read. */
static int push_value(lua_State *L, const char *text, json_slice value) {
  const char *inside = text + value.start + 1;
  bool plain = json_type_of(text, value) == JSON_STRING && !memchr(inside, '\\', value.length - 2) &&
               !secrets_found(runtime_of(L)->secrets, inside, value.length - 2);
  if (plain)
    lua_pushlstring(L, inside, value.length - 2);
  else
    page_push(L, text, value, false);
  return 1;
}

/* Has later pages note this field, so that no record has to be searched for it. */
static void learn(lua_State *L, const char *name, size_t length) {
  if (strlen(name) != length) return;
  if (lua_getiuservalue(L, 1, VIEW_READS) == LUA_TTABLE) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    bool known = count >= PAGE_MAX_READS;
    for (lua_Integer i = 1; i <= count && !known; i++) {
      lua_rawgeti(L, -1, i);
      known = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), name) == 0;
      lua_pop(L, 1);
    }
    if (!known) lua_pushlstring(L, name, length), lua_rawseti(L, -2, count + 1);
  }
  lua_pop(L, 1);
}

static int push_member(lua_State *L, record_view *v, int field) {
  size_t length;
  json_slice record;
  const char *name = lua_tolstring(L, field, &length), *text = text_of(v, &record);
  if (!v->changed) learn(L, name, length);
  return push_value(L, text, record_member(text, record, name, length));
}

/* Short strings are the same object where they are equal, so a noted field is known by its address. */
static int noted_position(const record_view *v, const char *name) {
  for (size_t i = 0; i < v->named; i++)
    if (v->names[i] == name) return (int)i;
  return -1;
}

static int field_of(lua_State *L, record_view *v, int field) {
  int at = v->changed ? -1 : noted_position(v, lua_tostring(L, field));
  if (at < 0) return push_member(L, v, field);
  const page *p = v->page;
  return push_value(L, page_text(p), p->rows.fields[v->row * p->rows.field_count + (size_t)at]);
}

/* record.name. It is reached through records alone, as their metatable is out of reach: no type has to be checked. */
static int index_record(lua_State *L) {
  record_view *v = check_open(L, lua_touserdata(L, 1));
  if (lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "a record's fields have names; this is a %s", luaL_typename(L, 2));
  if (!v->changed && noted_position(v, lua_tostring(L, 2)) >= 0) return field_of(L, v, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  return field_of(L, v, 2);
}

static int assign(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "field";
  return luaL_error(L, "a record's field is changed by record:set('%s', value)", name);
}

static int get(lua_State *L) {
  record_view *v = check_view(L);
  luaL_checktype(L, 2, LUA_TSTRING);
  return field_of(L, v, 2);
}

/* The spliced text in `spare` is the record from now on. */
static int take_spliced(lua_State *L, record_view *v) {
  bytes kept = v->edited;
  v->edited = v->spare;
  v->spare = kept;
  v->changed = true;
  lua_settop(L, 1);
  return 1;
}

static int set(lua_State *L) {
  size_t length;
  json_slice record;
  record_view *v = check_view(L);
  luaL_checktype(L, 2, LUA_TSTRING);
  const char *name = lua_tolstring(L, 2, &length);
  luaL_argcheck(L, !lua_isnoneornil(L, 3), 3,
                "a value was expected; json.null is null, and record:without(name) removes");
  bytes_clear(&v->value);
  json_write(L, 3, &v->value);
  const char *text = text_of(v, &record);
  bytes_clear(&v->spare);
  glue_need(L, record_set(text, record, name, length, &v->value, &v->spare));
  return take_spliced(L, v);
}

static int without(lua_State *L) {
  size_t length;
  json_slice record;
  record_view *v = check_view(L);
  luaL_checktype(L, 2, LUA_TSTRING);
  const char *name = lua_tolstring(L, 2, &length), *text = text_of(v, &record);
  bytes_clear(&v->spare);
  glue_need(L, record_without(text, record, name, length, &v->spare));
  return take_spliced(L, v);
}

static int decode(lua_State *L) {
  json_slice record;
  const char *text = text_of(check_view(L), &record);
  page_push(L, text, record, false);
  return 1;
}

static int raw(lua_State *L) {
  json_slice record;
  const char *text = text_of(check_view(L), &record);
  page_push(L, text, record, true);
  return 1;
}

static int collect_view(lua_State *L) {
  record_view *v = luaL_checkudata(L, 1, RECORD_TYPE);
  v->open = false;
  bytes_free(&v->edited);
  bytes_free(&v->spare);
  bytes_free(&v->value);
  return 0;
}

static const luaL_Reg record_methods[] = {{"get", get},       {"set", set}, {"without", without},
                                          {"decode", decode}, {"raw", raw}, {NULL, NULL}};

/* The first of a state: fields are read by a function, which looks among the methods first. */
static void set_metatable(lua_State *L) {
  glue_type(L, RECORD_TYPE, record_methods, collect_view);
  if (lua_getfield(L, -1, "__index") == LUA_TTABLE) {
    lua_pushcclosure(L, index_record, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, assign);
    lua_setfield(L, -2, "__newindex");
    lua_pushcfunction(L, collect_view);
    lua_setfield(L, -2, "__close");
  } else {
    lua_pop(L, 1);
  }
  lua_setmetatable(L, -2);
}

static bool is_method(const char *name) {
  for (const luaL_Reg *m = record_methods; m->name; m++)
    if (strcmp(m->name, name) == 0) return true;
  return false;
}

/* The page's list of names keeps them alive, and the page is kept by the view. */
static void find_names(lua_State *L, record_view *v, int index) {
  lua_getiuservalue(L, index, PAGE_NAMES);
  for (v->named = 0; v->named < v->page->rows.field_count; v->named++) {
    lua_rawgeti(L, -1, (lua_Integer)v->named + 1);
    const char *name = lua_tostring(L, -1);
    bool is_path = v->named < v->page->timed && name && strpbrk(name, ".["); /* a hook's names are none */
    v->names[v->named] = name && !is_path && !is_method(name) ? name : NULL;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

record_view *record_new_view(lua_State *L, int index, page *p, int reads) {
  record_view *v = lua_newuserdatauv(L, sizeof *v, VIEW_VALUES);
  *v = (record_view){.page = p};
  set_metatable(L);
  lua_pushvalue(L, index);
  lua_setiuservalue(L, -2, VIEW_PAGE);
  lua_pushvalue(L, reads);
  lua_setiuservalue(L, -2, VIEW_READS);
  find_names(L, v, index);
  v->open = true;
  lua_toclose(L, lua_gettop(L));
  return v;
}
