#include "lua/bindings/ledger_lua.h"

#include "ledger/ledger_rows.h"
#include "ledger/ledger_sqlite.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

#define MOST_GONE 10000

static int fail(lua_State *L, const ledger *l) {
  return glue_fail(L, "unwritable", "%s", l->failure.length ? l->failure.data : "memory is short");
}

/* That of the stream whose records the host may write; NULL: what it has sent is not noted. */
static ledger *own(lua_State *L) {
  const sink_stream *s = host_of(L)->stream;
  return s ? s->ledger : NULL;
}

static ledger *check(lua_State *L) {
  ledger *l = own(L);
  if (!l) luaL_error(L, "this stream has no ledger");
  return l;
}

/* ledger.exists(): is what this stream sends noted? */
static int exists(lua_State *L) {
  lua_pushboolean(L, own(L) != NULL);
  return 1;
}

/* ledger.list(place, covered): the number of this stream's list of a place. */
static int list(lua_State *L) {
  ledger *l = check(L);
  int64_t number = 0;
  if (!l->calls->list(l, host_of(L)->stream->name, luaL_checkstring(L, 1), luaL_checkinteger(L, 2), &number))
    return fail(L, l);
  lua_pushinteger(L, (lua_Integer)number);
  return 1;
}

/* ---- the rows of a page: it is at index 1, the names of the fields that tell them apart at 2 */

static void read_fields(lua_State *L, page *p, ledger_fields *to) {
  luaL_checktype(L, 2, LUA_TTABLE);
  *to = (ledger_fields){.count = 0};
  for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; lua_pop(L, 1), i++) {
    luaL_argcheck(L, to->count < PAGE_MAX_FIELDS && lua_type(L, -1) == LUA_TSTRING, 2, "names of fields were expected");
    to->names[to->count] = lua_tostring(L, -1);
    to->at[to->count++] = page_check_field(L, p, lua_gettop(L));
  }
  lua_pop(L, 1);
}

/* What it points to is the collector's. */
static ledger_rows read_rows(lua_State *L, page *p) {
  ledger_fields fields;
  ledger_rows rows = {0};
  luaL_argcheck(L, p->settled != NULL && p->timed > 0, 1, "its rows have no digests for a ledger");
  read_fields(L, p, &fields);
  size_t most = p->rows.count + 1;
  rows.rows = lua_newuserdatauv(L, most * sizeof *rows.rows, 0);
  rows.places = lua_newuserdatauv(L, most * sizeof *rows.places, 0);
  glue_need(L, ledger_rows_of(p, &fields, &rows, glue_bytes(L)));
  return rows;
}

/* ledger.drop(page, names, list, round): has what was noted alike not go out; returns how many rows that were. */
static int drop(lua_State *L) {
  ledger *l = check(L);
  page *p = page_check(L, 1);
  lua_Integer number = luaL_checkinteger(L, 3), round = luaL_checkinteger(L, 4), dropped = 0;
  ledger_rows rows = read_rows(L, p);
  bool *same = lua_newuserdatauv(L, rows.count + 1, 0);
  memset(same, 0, rows.count);
  if (!l->calls->look(l, number, round, rows.rows, rows.count, same)) return fail(L, l);
  for (size_t i = 0; i < rows.count; i++)
    if (same[i]) page_drop(p, rows.places[i]), dropped++;
  lua_pushinteger(L, dropped);
  return 1;
}

/* ledger.note(page, names, list, round, mark): its rows were sent. */
static int note(lua_State *L) {
  ledger *l = check(L);
  page *p = page_check(L, 1);
  lua_Integer number = luaL_checkinteger(L, 3), round = luaL_checkinteger(L, 4), mark = luaL_checkinteger(L, 5);
  ledger_rows rows = read_rows(L, p);
  if (!l->calls->note(l, number, round, mark, rows.rows, rows.count)) return fail(L, l);
  lua_pushboolean(L, true);
  return 1;
}

/* ledger.gone(list, round, from, more, most): rows from a time on that were not listed in the round, as a JSON array of
 * objects with their keys and more members; and the last one's key, nil where there are none. */
static int gone(lua_State *L) {
  ledger *l = check(L);
  lua_Integer number = luaL_checkinteger(L, 1), round = luaL_checkinteger(L, 2), from = luaL_checkinteger(L, 3);
  const char *more = luaL_checkstring(L, 4);
  lua_Integer most = luaL_checkinteger(L, 5);
  luaL_argcheck(L, most > 0 && most <= MOST_GONE, 5, "must be from 1 to 10,000");
  bytes *objects = glue_bytes(L), *last = glue_bytes(L);
  if (!l->calls->gone(l, number, round, from, more, (size_t)most, objects, last)) return fail(L, l);
  lua_pushfstring(L, "[%s]", objects->length ? objects->data : "");
  if (last->length)
    lua_pushlstring(L, last->data, last->length);
  else
    lua_pushnil(L);
  return 2;
}

/* ledger.forget(list, round, mark, from, last): it was said of these. */
static int forget(lua_State *L) {
  ledger *l = check(L);
  size_t length;
  const char *text = luaL_checklstring(L, 5, &length);
  bytes *last = glue_bytes(L);
  glue_need(L, bytes_append(last, text, length));
  if (!l->calls->forget(l, luaL_checkinteger(L, 1), luaL_checkinteger(L, 2), luaL_checkinteger(L, 3),
                        luaL_checkinteger(L, 4), last))
    return fail(L, l);
  lua_pushboolean(L, true);
  return 1;
}

/* ledger.keep(): what was noted stays; before a state that covers it. */
static int keep(lua_State *L) {
  ledger *l = check(L);
  if (!l->calls->keep(l)) return fail(L, l);
  lua_pushboolean(L, true);
  return 1;
}

/* ---- for verbs */

/* ledger.use(path): the streams that are opened from now on note there what they send. */
static int use(lua_State *L) {
  runtime *r = runtime_of(L);
  luaL_argcheck(L, !r->ledger, 1, "there is one already");
  ledger *made = ledger_file(luaL_checkstring(L, 1));
  glue_need(L, made != NULL);
  r->ledger = made;
  if (made && !made->calls->open(made)) return fail(L, made);
  lua_pushboolean(L, true);
  return 1;
}

int open_ledger(lua_State *L) {
  static const luaL_Reg of_streams[] = {{"exists", exists}, {"list", list},     {"drop", drop}, {"note", note},
                                        {"gone", gone},     {"forget", forget}, {"keep", keep}, {NULL, NULL}};
  static const luaL_Reg of_verbs[] = {{"use", use}, {NULL, NULL}};
  lua_newtable(L);
  if (host_of(L)->kind != HOST_VERB) luaL_setfuncs(L, of_streams, 0);
  if (host_of(L)->kind & (HOST_VERB | HOST_INTERPRETER)) luaL_setfuncs(L, of_verbs, 0);
  return 1;
}
