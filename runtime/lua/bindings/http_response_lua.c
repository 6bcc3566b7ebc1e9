#include "lua/bindings/http_response_lua.h"

#include "base/clock.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

#define RESPONSE_TYPE "perigee.response"
#define MASKED_BEHIND ((size_t)4096) /* bytes: no secret is longer */
#define ON_ITS_WAY ((size_t)1 << 20) /* bytes counted for a body that is still to come */

typedef struct response {
  http_exchange *x;
  bool kept;
  unsigned pages; /* open on its body */
  size_t held;
} response;

static void count_held(lua_State *L, response *r) {
  size_t size = !r->x ? 0 : r->x->done ? r->x->body.capacity + r->x->headers.capacity : ON_ITS_WAY;
  host_hold(L, &r->held, size);
}

void http_count_response(lua_State *L, int index) {
  count_held(L, luaL_checkudata(L, index, RESPONSE_TYPE));
}

http_exchange *http_check_response(lua_State *L, int index) {
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  luaL_argcheck(L, r->x && r->x->done, index, "the response is still on its way; response:wait() waits for it");
  return r->x;
}

http_exchange *http_check_headers(lua_State *L, int index) {
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  return r->x && r->x->has_headers ? r->x : http_check_response(L, index);
}

/* ---- waiting */

/* Nobody waits between the headers and response:wait(): its task may be waiting for something else. */
void http_wake_owner(http_exchange *x) {
  if (x->owner) task_wake(x->owner);
}

static int push_response(lua_State *L, int status, lua_KContext context) {
  int index = (int)context;
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  if (status == LUA_ERRRUN) { /* interrupted: nobody is there for it */
    http_free_exchange(r->x);
    r->x = NULL;
    return 0;
  }
  r->x->owner = NULL;
  if (r->x->done) {
    runtime_of(L)->logins_made += r->x->logins;
    r->x->logins = 0;
  }
  if (!r->x->done && !r->x->has_headers) return luaL_error(L, "woken before the response came");
  if (r->x->done && r->x->code != HTTP_OK) return glue_fail(L, http_code_name(r->x->code), "%s", r->x->message);
  lua_settop(L, index);
  count_held(L, r);
  return 1;
}

int http_wait_for_response(lua_State *L, task *t, int index) {
  return task_wait(L, t, 0, index, push_response);
}

/* response:wait(): the response, when its body is whole; or nil, message, code. */
static int wait_for_body(lua_State *L) {
  response *r = luaL_checkudata(L, 1, RESPONSE_TYPE);
  luaL_argcheck(L, r->x, 1, "it is closed");
  lua_settop(L, 1);
  if (r->x->done) return push_response(L, LUA_OK, 1);
  task *t = task_current(L);
  luaL_argcheck(L, !r->x->owner, 1, "is waited for already");
  r->x->owner = t;
  return http_wait_for_response(L, t, 1);
}

/* ---- what it says */

/* The text of a buffer, which is freed. */
static int push_bytes(lua_State *L, bytes *text) {
  glue_need(L, secrets_mask(runtime_of(L)->secrets, text));
  lua_pushlstring(L, text->length ? text->data : "", text->length);
  bytes_free(text);
  return 1;
}

/* A secret that a server repeats must not become a Lua value: a script could cut it, and then nothing masks it. */
static int push_masked(lua_State *L, const char *data, size_t length) {
  bytes *copy = glue_bytes(L);
  glue_need(L, bytes_append(copy, data, length));
  return push_bytes(L, copy);
}

/* response:header(name): where there are several of the name, they are joined. */
static int header(lua_State *L) {
  const http_exchange *x = http_check_headers(L, 1);
  const char *name = luaL_checkstring(L, 2);
  bytes *joined = glue_bytes(L);
  bool found;
  glue_need(L, http_join_headers(x, name, joined, &found));
  if (found) return push_bytes(L, joined);
  luaL_pushfail(L);
  return 1;
}

/* Adds a header to the table on top of the stack; where there are several of a name, joined as RFC 9110 (5.3) says. */
static void add_header(lua_State *L, const http_header *h) {
  lua_pushlstring(L, h->name, h->name_length);
  lua_pushvalue(L, -1);
  bool again = lua_gettable(L, -3) == LUA_TSTRING;
  lua_pushstring(L, again ? ", " : "");
  if (!again) lua_remove(L, -2);
  push_masked(L, h->value, h->value_length);
  lua_remove(L, -2); /* the buffer for masking */
  lua_concat(L, again ? 3 : 2);
  lua_settable(L, -3);
}

/* response:headers(): all of them, by their names as they came. */
static int headers(lua_State *L) {
  http_header header;
  http_header_iterator it = http_iterate_headers(&http_check_response(L, 1)->headers);
  lua_newtable(L);
  while (http_next_header(&it, &header)) add_header(L, &header);
  return 1;
}

/* response:date(): when the server sent it, by its own clock, else now by ours; in microseconds since 1970. */
static int date(lua_State *L) {
  lua_pushinteger(L, server_clock_date(http_check_headers(L, 1), timeline_now(&runtime_of(L)->time)));
  return 1;
}

static void set_limit(lua_State *L, const char *name, int64_t value) {
  if (value < 0) return;
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

static void set_seconds(lua_State *L, const char *name, int64_t ms) {
  if (ms < 0) return;
  lua_pushnumber(L, (lua_Number)ms / 1000);
  lua_setfield(L, -2, name);
}

/* response:limits(): a table of what it says of them. */
static int limits(lua_State *L) {
  static const char *const names[RATE_HEADERS] = {"limit", "remaining", "reset", "concurrent_limit"};
  const runtime *r = runtime_of(L);
  rate_limits said = rate_headers_read(r->rate_headers, http_check_headers(L, 1), timeline_now(&r->time));
  lua_newtable(L);
  for (int i = 0; i < RATE_HEADERS; i++) set_limit(L, names[i], said.values[i]);
  if (said.limited) lua_pushboolean(L, true), lua_setfield(L, -2, "limited");
  set_seconds(L, "seconds", said.window_left);
  set_seconds(L, "retry_after", said.retry_after);
  return 1;
}

/* At most `limit` bytes of a text, masked before they are cut: half a secret must not be left. */
static void push_beginning(lua_State *L, const bytes *text, lua_Unsigned limit) {
  bool longer = text->length > limit;
  push_masked(L, text->data, longer && text->length - limit > MASKED_BEHIND ? limit + MASKED_BEHIND : text->length);
  if (!longer) return;
  size_t length;
  const char *masked = lua_tolstring(L, -1, &length);
  lua_pushlstring(L, masked, length < limit ? length : limit);
}

/* response:text(limit): all of the body, or its first bytes. */
static int text(lua_State *L) {
  const http_exchange *x = http_check_response(L, 1);
  lua_Integer limit = luaL_optinteger(L, 2, LUA_MAXINTEGER);
  luaL_argcheck(L, limit >= 0, 2, "a number of bytes was expected");
  bytes *scratch = glue_bytes(L);
  http_text body = http_body(x, scratch);
  if (body.code != HTTP_OK) return glue_fail(L, http_code_name(body.code), "%s", body.message);
  push_beginning(L, body.text, (lua_Unsigned)limit);
  bytes_free(scratch);
  return 1;
}

/* Bodies are not Lua's memory, so its collector would let many pile up: a page that is closed takes its own along. */
void http_release_body(lua_State *L, int index) {
  response *r = luaL_testudata(L, index, RESPONSE_TYPE);
  if (!r || !r->x) return;
  if (r->pages > 0) r->pages--;
  if (!r->pages && !r->kept) http_drop_body(r->x), count_held(L, r);
}

void http_borrow_body(lua_State *L, int index) {
  response *r = luaL_testudata(L, index, RESPONSE_TYPE);
  if (r) r->pages++;
}

/* response:keep(): the body stays when its page is closed, to be looked at again. Returns the response. */
static int keep(lua_State *L) {
  response *r = luaL_checkudata(L, 1, RESPONSE_TYPE);
  r->kept = true;
  lua_settop(L, 1);
  return 1;
}

/* Computed fields: status, url, version, bytes (of the body, as received), ms (from start to end). */
static int index_response(lua_State *L) {
  const http_exchange *x = http_check_headers(L, 1);
  const char *name = luaL_checkstring(L, 2);
  if (strcmp(name, "status") == 0)
    lua_pushinteger(L, x->status);
  else if (strcmp(name, "url") == 0)
    push_masked(L, x->url.data, x->url.length);
  else if (strcmp(name, "bytes") == 0)
    lua_pushinteger(L, (lua_Integer)x->received);
  else if (strcmp(name, "ms") == 0)
    lua_pushinteger(L, (x->done ? x->ended : clock_ticks()) - x->started);
  else if (strcmp(name, "version") == 0)
    lua_pushstring(L, x->version == CURL_HTTP_VERSION_2_0 ? "2" : "1.1");
  else
    lua_pushvalue(L, 2), lua_gettable(L, lua_upvalueindex(1));
  return 1;
}

void http_close_response(lua_State *L, int index) {
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  http_free_exchange(r->x);
  r->x = NULL;
  count_held(L, r);
}

static int collect(lua_State *L) {
  http_close_response(L, 1);
  return 0;
}

static const luaL_Reg methods[] = {{"header", header},      {"headers", headers}, {"text", text},     {"keep", keep},
                                   {"wait", wait_for_body}, {"date", date},       {"limits", limits}, {NULL, NULL}};

/* Fields come before methods. May be called again, where memory ended the first call halfway. */
void http_open_responses(lua_State *L, lua_CFunction page, lua_CFunction rows) {
  glue_type(L, RESPONSE_TYPE, methods, collect);
  if (lua_getfield(L, -1, "__index") == LUA_TTABLE) {
    lua_pushcfunction(L, page);
    lua_setfield(L, -2, "page");
    lua_pushcfunction(L, rows);
    lua_setfield(L, -2, "rows");
    lua_pushcclosure(L, index_response, 1);
    lua_setfield(L, -2, "__index");
  } else {
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

http_exchange **http_new_response(lua_State *L) {
  response *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (response){0};
  luaL_setmetatable(L, RESPONSE_TYPE);
  return &r->x;
}
