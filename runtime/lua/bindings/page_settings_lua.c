#include "lua/bindings/page_settings_lua.h"

#include "json/json_path.h"

#include <lauxlib.h>
#include <string.h>

#define PAGE_DEPTH 512
#define RECORD_LIMIT ((size_t)32 << 20)
#define SETTLED_AT (PAGE_MAX_NOTED + ROW_MAX_CHANGING + ROW_MAX_SPLICED + ROW_MAX_WITHOUT) /* in the list of names */

/* Adds the name on top of the stack, which it takes, to the list, unless it is there. */
static void add_name(lua_State *L, page_settings *s, int index, int list, size_t max) {
  json_query *q = &s->query.rows;
  luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, index, "fields must be a list of names");
  for (size_t i = 0; i < q->field_count; i++)
    if (strcmp(s->names[i], lua_tostring(L, -1)) == 0) return lua_pop(L, 1);
  luaL_argcheck(L, q->field_count < max, index, "too many fields");
  s->heads[q->field_count] = s->names[q->field_count] = lua_tostring(L, -1);
  lua_rawseti(L, list, (lua_Integer)++q->field_count);
}

/* Has the fields so far be found by the first name of their path; kept alive by a table that goes below the list. */
static void split_paths(lua_State *L, page_settings *s, int list) {
  json_step step;
  lua_createtable(L, (int)s->query.rows.field_count, 0);
  lua_insert(L, list);
  for (size_t i = 0; i < s->query.rows.field_count; i++) {
    const char *rest = s->names[i];
    if (!json_path_step(&rest, &step)) continue;
    s->heads[i] = lua_pushlstring(L, step.name, step.length);
    lua_rawseti(L, list, (lua_Integer)i + 1);
    s->query.tails[i] = *rest ? rest : NULL;
  }
}

static void add_names(lua_State *L, page_settings *s, int index, const char *option, size_t max) {
  int list = lua_gettop(L);
  if (lua_getfield(L, index, option) != LUA_TNIL) {
    luaL_argcheck(L, lua_istable(L, -1), index, "fields must be a list of names");
    for (lua_Integer i = 1; lua_rawgeti(L, list + 1, i) != LUA_TNIL; i++) add_name(L, s, index, list, max);
  }
  lua_settop(L, list);
}

/* The position of a field in the query; raises when it is not among the names. */
static size_t position_of(lua_State *L, int index, const page_settings *s, const char *name) {
  for (size_t i = 0; i < s->query.rows.field_count; i++)
    if (strcmp(s->names[i], name) == 0) return i;
  return (size_t)luaL_argerror(L, index, "key names a field that is not among fields");
}

static void read_key(lua_State *L, int index, page_settings *s) {
  page_key *by = &s->query.by;
  int type = lua_getfield(L, index, "key");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TTABLE, index, "key must be a list of names");
  if (type == LUA_TTABLE) {
    while (lua_rawgeti(L, -1, (lua_Integer)by->count + 1) == LUA_TSTRING) {
      luaL_argcheck(L, by->count < PAGE_MAX_FIELDS, index, "too many fields in key");
      size_t at = position_of(L, index, s, lua_tostring(L, -1));
      by->fields[by->count++] = at;
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Behind the paths of the same field, or of all. */
static void insert_path(row_changing *c, const char *path, size_t field) {
  size_t at = c->count++;
  for (size_t i = 0; i + 1 < c->count; i++)
    if (c->fields[i] == field) at = i + 1;
  for (size_t i = c->count - 1; i > at; i--) c->paths[i] = c->paths[i - 1], c->fields[i] = c->fields[i - 1];
  c->paths[at] = path;
  c->fields[at] = field;
}

/*
 * The path on top of the stack, which stays. Its first name is one more field to be noted. `second`: it is a time's, of
 * which only the fraction of a second is left out.
 */
static void add_path(lua_State *L, page_settings *s, int index, int list, row_changing *to, bool second) {
  const char *path = lua_tostring(L, -1);
  lua_pushlstring(L, path, strcspn(path, ".["));
  lua_pushvalue(L, -1);
  add_name(L, s, index, list, PAGE_MAX_NOTED);
  insert_path(to, second ? NULL : path, position_of(L, index, s, lua_tostring(L, -1)));
  lua_pop(L, 1);
}

/* The paths of members that change by themselves; put beside the names, which keeps them alive, from `place` on. */
static bool read_changing(lua_State *L, int index, page_settings *s, const char *option, row_changing *to, int place) {
  int list = lua_gettop(L);
  bool given = lua_getfield(L, index, option) != LUA_TNIL;
  luaL_argcheck(L, !given || lua_istable(L, -1), index, "changing must be a list of names");
  while (given && lua_rawgeti(L, list + 1, (lua_Integer)to->count + 1) == LUA_TSTRING) {
    luaL_argcheck(L, to->count < ROW_MAX_CHANGING, index, "too many names in changing");
    add_path(L, s, index, list, to, false);
    lua_rawseti(L, list, place + (lua_Integer)to->count);
  }
  lua_settop(L, list + 1);
  if (given && lua_getfield(L, list + 1, "to_second") == LUA_TSTRING) add_path(L, s, index, list, to, true);
  lua_settop(L, list);
  return given;
}

/* Paths of two names each; kept alive like those before. */
static void read_splice(lua_State *L, int index, page_settings *s) {
  int list = lua_gettop(L);
  bool given = lua_getfield(L, index, "splice") != LUA_TNIL;
  luaL_argcheck(L, !given || lua_istable(L, -1), index, "splice must be a list of paths");
  while (given && lua_rawgeti(L, list + 1, (lua_Integer)s->splice.count + 1) == LUA_TSTRING) {
    const char *path = lua_tostring(L, -1), *point = strchr(path, '.');
    luaL_argcheck(L, s->splice.count < ROW_MAX_SPLICED, index, "too many paths in splice");
    luaL_argcheck(L, point && point[1] && !strchr(point + 1, '.'), index, "splice has paths of two names");
    s->splice.paths[s->splice.count++] = path;
    lua_rawseti(L, list, (lua_Integer)(PAGE_MAX_NOTED + ROW_MAX_CHANGING + s->splice.count));
  }
  lua_settop(L, list);
}

/* Paths of members that are taken out; kept alive like those before. */
static void read_without(lua_State *L, int index, page_settings *s) {
  int list = lua_gettop(L);
  bool given = lua_getfield(L, index, "without") != LUA_TNIL;
  luaL_argcheck(L, !given || lua_istable(L, -1), index, "without must be a list of paths");
  while (given && lua_rawgeti(L, list + 1, (lua_Integer)s->without.count + 1) == LUA_TSTRING) {
    const char *path = lua_tostring(L, -1);
    luaL_argcheck(L, s->without.count < ROW_MAX_WITHOUT, index, "too many paths in without");
    luaL_argcheck(L, row_without_valid(path), index, "without has paths of a few names each");
    s->without.paths[s->without.count++] = path;
    lua_rawseti(L, list, (lua_Integer)(PAGE_MAX_NOTED + ROW_MAX_CHANGING + ROW_MAX_SPLICED + s->without.count));
  }
  lua_settop(L, list);
}

/* What the numbers of timed fields are: `type` of a stream's cursor. */
static int64_t read_unit(lua_State *L, int index) {
  static const char *const types[] = {"text", "seconds", "milliseconds", "id", NULL};
  static const int64_t units[] = {0, 1000000, 1000, PAGE_IDS};
  lua_getfield(L, index, "numbers");
  int64_t unit = units[luaL_checkoption(L, -1, "text", types)];
  lua_pop(L, 1);
  return unit;
}

/* A path that is a setting, put at the end of the list that keeps it alive. */
static const char *read_path(lua_State *L, int index, int list, const char *name, const char *of_old) {
  int type = lua_getfield(L, index, name);
  if (type == LUA_TNIL && of_old) lua_pop(L, 1), type = lua_getfield(L, index, of_old);
  if (type != LUA_TNIL && type != LUA_TSTRING)
    luaL_argerror(L, index, "records_path and unwrap must be names joined by dots");
  const char *path = lua_tostring(L, -1);
  if (path)
    lua_rawseti(L, list, luaL_len(L, list) + 1);
  else
    lua_pop(L, 1);
  return path;
}

/* A list of our own: a script's may be emptied by a metamethod of its settings while the names are still used. */
void page_read_settings(lua_State *L, int index, page_settings *s) {
  *s = (page_settings){.query.rows.limits = {.depth = PAGE_DEPTH, .record = RECORD_LIMIT}};
  s->query.rows.fields = s->heads;
  lua_createtable(L, PAGE_MAX_NOTED, 0);
  int kept = lua_gettop(L), list = kept + 1;
  add_names(L, s, index, "fields", PAGE_MAX_FIELDS);
  s->timed = s->query.rows.field_count;
  split_paths(L, s, kept);
  add_names(L, s, index, "reads", s->timed + PAGE_MAX_READS);
  read_key(L, index, s);
  s->digests = read_changing(L, index, s, "changing", &s->changing, PAGE_MAX_NOTED);
  s->settles = read_changing(L, index, s, "settled", &s->settled, SETTLED_AT);
  read_splice(L, index, s);
  read_without(L, index, s);
  s->unit = read_unit(L, index);
  lua_getfield(L, index, "single");
  s->query.rows.single = lua_toboolean(L, -1);
  lua_pop(L, 1);
  s->query.at.path = read_path(L, index, kept, "records_path", "rows"); /* its name of old */
  lua_getfield(L, index, "may_lack");
  s->query.at.may_lack = lua_toboolean(L, -1);
  lua_pop(L, 1);
  s->query.at.unwrap = read_path(L, index, kept, "unwrap", NULL);
  lua_settop(L, list);
}
