#include "lua/bindings/page_lua.h"

#include "lua/bindings/body_rows_lua.h"
#include "lua/bindings/http_response_lua.h"
#include "lua/bindings/keys_lua.h"
#include "lua/bindings/page_days_lua.h"
#include "lua/bindings/page_hooks_lua.h"
#include "lua/bindings/page_keys_lua.h"
#include "lua/bindings/page_object_lua.h"
#include "lua/bindings/page_settings_lua.h"
#include "lua/glue.h"
#include "lua/host.h"
#include "page/clean_text.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <lauxlib.h>
#include <string.h>

#define SHOWN_START 60    /* bytes of a response in a message … */
#define MASKED_START 4096 /* … cut after secrets in it were masked: half a token must not be left */

static const luaL_Reg page_methods[];

static void swap(bytes *a, bytes *b) {
  bytes kept = *a;
  *a = *b;
  *b = kept;
}

/* At once, as the collector does not know how large they are. */
static void free_page(lua_State *L, page *p) {
  host_hold(L, &p->held, 0);
  page_free(p);
}

/* The page's buffer goes back, for the next page, where that has none as large. */
static int collect_page(lua_State *L) {
  page *p = luaL_checkudata(L, 1, PAGE_TYPE);
  bytes *shared = &runtime_of(L)->decoded;
  if (p->decoded.capacity > shared->capacity) swap(&p->decoded, shared);
  free_page(L, p);
  return 0;
}

static int close_page(lua_State *L) {
  bool open = ((page *)luaL_checkudata(L, 1, PAGE_TYPE))->text != NULL;
  collect_page(L);
  lua_getiuservalue(L, 1, PAGE_RESPONSE);
  if (open) http_release_body(L, -1);
  return 0;
}

static int fail(lua_State *L, const page *p, const json_error *error) {
  static const char *const codes[] = {"ok", "malformed", "not_rows", "too_deep", "too_large", "too_many", "memory"};
  bytes *start = glue_bytes(L);
  uint64_t number = p->first;
  size_t from = p->lines ? places_line(p->text->data, error->offset, &number) : 0, length = p->text->length - from;
  size_t shown = length < MASKED_START ? length : MASKED_START;
  glue_need(L, bytes_append(start, p->text->data + from, shown) && secrets_mask(runtime_of(L)->secrets, start));
  for (size_t i = 0; i < start->length; i++)
    if ((unsigned char)start->data[i] < ' ') start->data[i] = ' '; /* a zero byte would end the message */
  if (start->length > SHOWN_START) start->data[SHOWN_START] = 0;
  if (p->lines)
    return glue_fail(L, codes[error->code], "row %d, byte %d: %s (it begins with: %s)", (int)number,
                     (int)(error->offset - from) + 1, error->reason, start->data);
  return glue_fail(L, codes[error->code], "byte %d: %s (the response begins with: %s)", (int)error->offset + 1,
                   error->reason, p->text->length ? start->data : "nothing, it is empty");
}

/* The new page, at index 3, with the object that its text belongs to as a user value. Settings are at index 2. */
static page *new_page(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  page *p = lua_newuserdatauv(L, sizeof *p, PAGE_VALUES);
  *p = (page){0};
  glue_type(L, PAGE_TYPE, page_methods, collect_page);
  lua_setmetatable(L, 3);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 3, PAGE_RESPONSE);
  return p;
}

/* What was refused is not kept until the collector comes: neither the page's memory nor the response's body. */
static int refuse(lua_State *L, page *p, int results) {
  free_page(L, p);
  http_release_body(L, 1);
  return results;
}

/* Splits p->text as the settings say; returns the page, or nil, message, code. */
static int finish_page(lua_State *L, page *p) {
  page_settings settings;
  json_error error = {0};
  page_read_settings(L, 2, &settings);
  lua_setiuservalue(L, 3, PAGE_NAMES);
  const sink_stream *stream = host_of(L)->stream;
  settings.query.rows.watch = stream ? stream->watch : NULL;
  settings.query.at.elements = p->elements;
  p->timed = settings.timed;
  p->unit = settings.unit;
  p->seed = *keys_seed(L);
  p->table = http_get_limits(runtime_of(L)->http)->max_body;
  bool split = page_split(p, &settings.query, &error);
  if (split && settings.splice.count) split = page_splice(p, &settings.splice, &settings.query, &error);
  if (split && settings.without.count) split = page_leave_out(p, &settings.without, &settings.query, &error);
  if (split && settings.settles) glue_need(L, page_settle_rows(p, &settings.settled));
  if (split && settings.digests) glue_need(L, page_digest_rows(p, &settings.changing));
  host_hold(L, &p->held, page_memory(p));
  if (!split) return refuse(L, p, fail(L, p, &error));
  lua_settop(L, 3);
  return 1;
}

/* Where the settings name a format, what is made of the body becomes the page's text. */
static int take_format(lua_State *L, page *p, const http_exchange *x) {
  bytes *made = glue_bytes(L);
  body_kind kind;
  int failed = body_rows(L, 2, x, p->text, made, &kind);
  p->lines = kind == BODY_LINES;
  p->elements = kind == BODY_ELEMENTS;
  if (failed || kind == BODY_JSON) return failed;
  glue_need(L, bytes_append(made, "", 0));
  swap(&p->decoded, made);
  p->first = 1;
  p->text = &p->decoded;
  bytes_free(made);
  return 0;
}

int page_of_response(lua_State *L) {
  const http_exchange *x = http_check_response(L, 1);
  page *p = new_page(L);
  swap(&p->decoded, &runtime_of(L)->decoded);
  http_text body = http_body(x, &p->decoded);
  p->text = body.text;
  if (body.code != HTTP_OK) return refuse(L, p, glue_fail(L, http_code_name(body.code), "%s", body.message));
  int failed = take_format(L, p, x);
  if (failed) return refuse(L, p, failed);
  http_borrow_body(L, 1);
  return finish_page(L, p);
}

int page_of_rows(lua_State *L, row_reader *rows, size_t most) {
  page *p = new_page(L);
  uint64_t hash;
  p->lines = true;
  p->first = row_reader_place(rows, &hash) + 1;
  glue_need(L, row_reader_take(rows, most, &p->decoded) != SIZE_MAX && bytes_append(&p->decoded, "", 0));
  p->text = &p->decoded;
  return finish_page(L, p);
}

static int page_of_text(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  page *p = new_page(L);
  glue_need(L, bytes_append(&p->decoded, text, length));
  p->text = &p->decoded;
  return finish_page(L, p);
}

static int push_time(lua_State *L, int64_t us) {
  if (us == PAGE_NO_TIME)
    luaL_pushfail(L);
  else
    lua_pushinteger(L, us);
  return 1;
}

static int newest(lua_State *L) {
  page *p = page_check(L, 1);
  return push_time(L, page_newest(p, page_check_field(L, p, 2), luaL_optinteger(L, 3, INT64_MAX)));
}

static int oldest(lua_State *L) {
  page *p = page_check(L, 1);
  return push_time(L, page_oldest(p, page_check_field(L, p, 2), luaL_optinteger(L, 3, INT64_MIN)));
}

static void add_to_count(lua_State *L, int counts, int64_t at, lua_Integer by) {
  if (at < 0 || !by) return;
  lua_rawgeti(L, counts, (lua_Integer)at);
  lua_pushinteger(L, lua_tointeger(L, -1) + by);
  lua_rawseti(L, counts, (lua_Integer)at);
  lua_pop(L, 1);
}

/*
 * page:delays(from, to, unit, most, counts): adds to counts[n] how many of the kept records have the one field n units
 * after the other. Neighbours are mostly alike, and are added at once.
 */
static int delays(lua_State *L) {
  page *p = page_check(L, 1);
  size_t from = page_check_field(L, p, 2), to = page_check_field(L, p, 3);
  lua_Integer unit = luaL_checkinteger(L, 4), most = luaL_checkinteger(L, 5), alike = 0;
  int64_t last = -1;
  luaL_argcheck(L, unit > 0, 4, "a positive number was expected");
  luaL_checktype(L, 6, LUA_TTABLE);
  for (size_t i = 0; i < p->rows.count; i++) {
    if (!p->keep[i]) continue;
    int64_t units = page_delay(p, i, from, to, unit, most);
    if (units != last) add_to_count(L, 6, last, alike), alike = 0;
    last = units;
    alike++;
  }
  add_to_count(L, 6, last, alike);
  return 0;
}

static int missing(lua_State *L) {
  page *p = page_check(L, 1);
  lua_pushinteger(L, (lua_Integer)page_missing(p, page_check_field(L, p, 2)));
  return 1;
}

/* page:unreadable(field): how many records have something there that is no time; and the first such value, as it came.
 */
static int unreadable(lua_State *L) {
  page *p = page_check(L, 1);
  json_slice first = {0, 0};
  lua_pushinteger(L, (lua_Integer)page_unreadable(p, page_check_field(L, p, 2), &first));
  page_push(L, page_text(p), first, true);
  return 2;
}

static int rise(lua_State *L) {
  page *p = page_check(L, 1);
  lua_pushinteger(L, page_rise(p, page_check_field(L, p, 2)));
  return 1;
}

static int below(lua_State *L) {
  page *p = page_check(L, 1);
  size_t field = page_check_field(L, p, 2);
  lua_pushboolean(L, page_below(p, field, luaL_checkinteger(L, 3)));
  return 1;
}

static int keep(lua_State *L) {
  page_bound bounds[PAGE_MAX_FIELDS];
  page *p = page_check(L, 1);
  page_keep(p, bounds, page_check_bounds(L, p, 2, bounds));
  lua_pushinteger(L, (lua_Integer)p->kept);
  return 1;
}

static int only(lua_State *L) {
  const char *texts[PAGE_MAX_FIELDS];
  page *p = page_check(L, 1);
  const char *path = luaL_checkstring(L, 2);
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t count = (size_t)lua_rawlen(L, 3);
  luaL_argcheck(L, count <= PAGE_MAX_FIELDS, 3, "too many texts");
  lua_settop(L, 3);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 3, (lua_Integer)i + 1);
    texts[i] = luaL_checkstring(L, -1);
  }
  lua_pushinteger(L, (lua_Integer)page_only(p, path, texts, count));
  return 1;
}

/* page:digest(field, from, to): two integers for which records there are (from ≤ time < to), and how many. */
static int digest(lua_State *L) {
  page *p = page_check(L, 1);
  uint64_t sum[2] = {0};
  size_t field = lua_isnoneornil(L, 2) ? 0 : page_check_field(L, p, 2);
  bool all = lua_isnoneornil(L, 2);
  size_t n = page_digest(p, all ? NULL : &field, luaL_optinteger(L, 3, 0), luaL_optinteger(L, 4, 0), sum);
  lua_pushinteger(L, (lua_Integer)sum[0]);
  lua_pushinteger(L, (lua_Integer)sum[1]);
  lua_pushinteger(L, (lua_Integer)n);
  return 3;
}

/* page:kept(). */
static int kept(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)page_check(L, 1)->kept);
  return 1;
}

static int count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)page_check(L, 1)->rows.count);
  return 1;
}

/* page:nulls(): how many nulls stood among the records. */
static int nulls(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)page_check(L, 1)->rows.nulls);
  return 1;
}

/* page:units(): what the server counts in it: its rows and nulls, or the lists that they stand in. */
static int units(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)page_check(L, 1)->units);
  return 1;
}

/* page:size(): bytes of the response that it was split from, inflated. */
static int size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)page_check(L, 1)->text->length);
  return 1;
}

static size_t check_row(lua_State *L, const page *p, int index) {
  lua_Integer i = luaL_checkinteger(L, index);
  luaL_argcheck(L, i >= 1 && (lua_Unsigned)i <= p->rows.count, index, "there is no such record");
  return (size_t)i - 1;
}

/* page:record(i): the bytes of a record as it goes out, and whether it does. */
static int record(lua_State *L) {
  page *p = page_check(L, 1);
  size_t row = check_row(L, p, 2);
  json_slice slice;
  const char *text = page_record(p, row, &slice);
  page_push(L, text, slice, true);
  lua_pushboolean(L, page_goes_out(p, row));
  return 2;
}

/* page:row_key(i): what a record is known by where it goes out, as keys_set:list() has it; nil where it is not known.
 */
static int row_key(lua_State *L) {
  page *p = page_check(L, 1);
  key k = page_row_key(p, check_row(L, p, 2));
  if (key_is_none(k))
    luaL_pushfail(L);
  else
    keys_push(L, k);
  return 1;
}

/* page:clean_text(replace): how many records hold characters that consumers refuse. */
static int clean_text(lua_State *L) {
  size_t count;
  glue_need(L, page_clean_text(page_check(L, 1), lua_toboolean(L, 2), &count));
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

/* page:value(path, raw): what stands in the response beside the records, by names joined by dots, or its text; nil
 * where nothing does. */
static int value(lua_State *L) {
  page *p = page_check(L, 1);
  const char *path = luaL_checkstring(L, 2);
  if (p->lines) return luaL_pushfail(L), 1; /* rows of a file have nothing beside them */
  json_slice found = json_path(p->text->data, json_root(p->text->data, p->text->length), path);
  page_push(L, p->text->data, found, found.length && lua_toboolean(L, 3));
  return 1;
}

static const luaL_Reg page_methods[] = {{"close", close_page},
                                        {"count", count},
                                        {"nulls", nulls},
                                        {"units", units},
                                        {"newest", newest},
                                        {"oldest", oldest},
                                        {"missing", missing},
                                        {"unreadable", unreadable},
                                        {"delays", delays},
                                        {"rise", rise},
                                        {"below", below},
                                        {"keep", keep},
                                        {"only", only},
                                        {"keep_before", page_keep_before_times},
                                        {"keep_days", page_keep_days_of},
                                        {"drop_known", page_drop_known_rows},
                                        {"remember", page_remember_keys},
                                        {"remember_rows", page_remember_digests},
                                        {"joins", page_joins_set},
                                        {"digest", digest},
                                        {"kept", kept},
                                        {"size", size},
                                        {"record", record},
                                        {"row_key", row_key},
                                        {"value", value},
                                        {"clean_text", clean_text},
                                        {"add", record_add},
                                        {"filter", record_filter},
                                        {"transform", record_transform},
                                        {"drift", record_drift},
                                        {NULL, NULL}};

/* page.of(text, settings): a page of a text that a script made, for streams with a `read` of their own. */
int open_page(lua_State *L) {
  static const luaL_Reg functions[] = {{"of", page_of_text}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
