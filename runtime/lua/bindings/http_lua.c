#include "lua/bindings/http_lua.h"

#include "child/parent_channel.h"
#include "http/url.h"
#include "lua/bindings/page_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

#define RESPONSE_TYPE "perigee.response"
#define WORTH_TELLING 1000           /* ms of waiting */
#define ON_ITS_WAY ((size_t)1 << 20) /* bytes that a body may come to, of which only the headers are there */

typedef struct response {
  http_exchange *x;
  bool kept;
  unsigned pages; /* that are open on its body */
  size_t held;
} response;

static void count_held(lua_State *L, response *r) {
  size_t size = !r->x ? 0 : r->x->done ? r->x->body.capacity + r->x->headers.capacity : ON_ITS_WAY;
  host_hold(L, &r->held, size);
}

http_exchange *http_check_response(lua_State *L, int index) {
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  luaL_argcheck(L, r->x && r->x->done, index, "the answer is still on its way; response:wait() waits for it");
  return r->x;
}

/* What is known once the headers are there. */
static http_exchange *check_head(lua_State *L, int index) {
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  return r->x && r->x->head ? r->x : http_check_response(L, index);
}

/* ---- the request: url and options to an exchange */

static void add_parameter(lua_State *L, bytes *url, int name, int value) {
  size_t length, value_length;
  const char *text = lua_tolstring(L, name, &length);
  int type = lua_type(L, value);
  if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
    luaL_error(L, "the query's '%s' cannot be a %s", text, luaL_typename(L, value));
  const char *of = luaL_tolstring(L, value, &value_length);
  glue_need(L, bytes_text(url, strchr(url->data, '?') ? "&" : "?") && url_encode(text, length, url) &&
                   bytes_text(url, "=") && url_encode(of, value_length, url));
  lua_pop(L, 1);
}

/* A parameter may be a text, a number, a boolean, or a list of them, which repeats it. Names go in order. */
static void add_query(lua_State *L, bytes *url, int query) {
  glue_sorted_keys(L, query);
  lua_Integer count = luaL_len(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    int name = lua_gettop(L);
    lua_pushvalue(L, name);
    if (lua_gettable(L, query) != LUA_TTABLE)
      add_parameter(L, url, name, name + 1);
    else
      for (lua_Integer n = 1; lua_rawgeti(L, name + 1, n) != LUA_TNIL; n++, lua_pop(L, 1))
        add_parameter(L, url, name, name + 2);
    lua_settop(L, name - 1);
  }
  lua_pop(L, 1);
}

static void push_url(lua_State *L, int url, int settings) {
  bytes *out = glue_bytes(L);
  glue_need(L, bytes_text(out, luaL_checkstring(L, url)));
  if (lua_getfield(L, settings, "query") == LUA_TTABLE)
    add_query(L, out, lua_gettop(L));
  else
    luaL_argcheck(L, lua_isnil(L, -1), settings, "query must be a table");
  lua_pushlstring(L, out->data, out->length);
  lua_replace(L, url);
  lua_settop(L, 3);
}

static void add_headers(lua_State *L, http_exchange *x, int settings) {
  int headers = lua_gettop(L) + 1;
  if (lua_getfield(L, settings, "headers") != LUA_TNIL) {
    luaL_argcheck(L, lua_istable(L, headers), settings, "headers must be a table");
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1)) {
      luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, settings, "headers must be a table of names and values");
      if (!http_header(x, lua_tostring(L, -2), luaL_checkstring(L, -1))) break; /* x remembers why; starting it tells */
    }
  }
  lua_settop(L, headers - 1);
}

static void add_payload(lua_State *L, http_exchange *x, int settings) {
  size_t length;
  if (lua_getfield(L, settings, "body") != LUA_TNIL) {
    const char *body = luaL_checklstring(L, -1, &length);
    glue_need(L, http_payload(x, body, length));
  }
  lua_pop(L, 1);
}

/* Nobody waits between the headers and response:wait(): its task may be waiting for something else. */
static void answered(http_exchange *x) {
  if (x->owner) task_wake(x->owner);
}

static int push_answer(lua_State *L, int status, lua_KContext context) {
  int index = (int)context;
  response *r = luaL_checkudata(L, index, RESPONSE_TYPE);
  if (status == LUA_ERRRUN) { /* interrupted: nobody is there for its answer */
    http_free_exchange(r->x);
    r->x = NULL;
    return 0;
  }
  r->x->owner = NULL;
  if (!r->x->done && !r->x->head) return luaL_error(L, "woken before the answer came");
  if (r->x->done && r->x->code != HTTP_OK) return glue_fail(L, http_code_name(r->x->code), "%s", r->x->message);
  lua_settop(L, index);
  count_held(L, r);
  return 1;
}

/* response:wait(): the response, when its body is whole; or nil, message, code. */
static int wait_for_body(lua_State *L) {
  response *r = luaL_checkudata(L, 1, RESPONSE_TYPE);
  luaL_argcheck(L, r->x, 1, "it is closed");
  lua_settop(L, 1);
  if (r->x->done) return push_answer(L, LUA_OK, 1);
  task *t = task_current(L);
  luaL_argcheck(L, !r->x->owner, 1, "is waited for already");
  r->x->owner = t;
  return task_wait(L, t, 0, 1, push_answer);
}

static int collect_response(lua_State *L) {
  response *r = luaL_checkudata(L, 1, RESPONSE_TYPE);
  http_free_exchange(r->x);
  r->x = NULL;
  count_held(L, r);
  return 0;
}

static const luaL_Reg response_methods[];
static int response_index(lua_State *L);

static response *new_response(lua_State *L) {
  response *r = lua_newuserdatauv(L, sizeof *r, 0);
  *r = (response){0};
  glue_type(L, RESPONSE_TYPE, response_methods, collect_response);
  if (lua_getfield(L, -1, "__index") == LUA_TTABLE) { /* the first of this state: fields come before methods */
    lua_pushcclosure(L, response_index, 1);
    lua_setfield(L, -2, "__index");
  } else {
    lua_pop(L, 1);
  }
  lua_setmetatable(L, -2);
  return r;
}

/* A long wait for a limit is told: the platform shows it, and takes the silence for no fault. */
static void waits(http_exchange *x, int64_t until) {
  const host *h = ((task *)x->owner)->owner;
  int64_t left = until - timeline_ticks(&h->runtime->time);
  progress_waiting(h->runtime->progress, "waiting for a rate limit", until);
  if (h->stream && left >= WORTH_TELLING)
    airbyte_rate_limited(h->stream, timeline_now(&h->runtime->time) / 1000 + left);
}

/* With options.endpoint the governor says when; without, at once. In a child, its parent asks the governor. */
static void dispatch(lua_State *L, http_exchange *x, int settings) {
  const runtime *r = runtime_of(L);
  bool paced = lua_getfield(L, settings, "endpoint") == LUA_TSTRING && x->code == HTTP_OK;
  if (paced && r->parent)
    glue_need(L, bytes_text(&x->endpoint, lua_tostring(L, -1))), http_start(x);
  else if (paced)
    glue_need(L, scheduler_start(r->scheduler, x, lua_tostring(L, -1), waits));
  else
    http_start(x);
  lua_pop(L, 1);
}

/* The stack is: url, options, method. Returns response, or nil, message, code. */
static int start(lua_State *L) {
  task *t = task_current(L);
  push_url(L, 1, 2);
  response *r = new_response(L);
  r->x = http_new_exchange(runtime_of(L)->http, lua_tostring(L, 3), lua_tostring(L, 1));
  if (!r->x) return luaL_error(L, "memory is short");
  add_headers(L, r->x, 2);
  add_payload(L, r->x, 2);
  lua_getfield(L, 2, "early");
  r->x->on_head = lua_toboolean(L, -1) ? answered : NULL;
  lua_pop(L, 1);
  r->x->on_done = answered;
  r->x->owner = t;
  r->x->stream = t->owner->stream ? t->owner->stream->name.data : NULL;
  dispatch(L, r->x, 2);
  return task_wait(L, t, 0, 4, push_answer);
}

static int get(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) lua_newtable(L), lua_replace(L, 2);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_pushliteral(L, "GET");
  return start(L);
}

static int request(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "url");
  lua_insert(L, 1);
  luaL_checkstring(L, 1);
  if (lua_getfield(L, 2, "method") == LUA_TNIL) lua_pop(L, 1), lua_pushliteral(L, "GET");
  luaL_checkstring(L, 3);
  return start(L);
}

/* http.limits(url, {limit = …, remaining = …, reset = …, concurrent_limit = …}). */
static int limits(lua_State *L) {
  static const char *const fields[RATE_HEADERS] = {"limit", "remaining", "reset", "concurrent_limit"};
  const char *names[RATE_HEADERS] = {0};
  const char *url = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int i = 0; i < RATE_HEADERS; i++) {
    lua_getfield(L, 2, fields[i]);
    names[i] = lua_tostring(L, -1); /* stays on the stack, and so alive */
  }
  const runtime *r = runtime_of(L);
  if (r->parent)
    parent_channel_limits(r->parent, url, names);
  else
    luaL_argcheck(L, scheduler_headers(r->scheduler, url, names), 1, "no address");
  return 0;
}

/*
 * http.slots(url, endpoint), and `room` by its older name: how many more requests may go out now, and how many at once
 * at the most. One by one where they are recorded or replayed: what is asked for at several places goes by who is
 * answered first, which no replay knows.
 */
static int slots(lua_State *L) {
  unsigned most = 1;
  const char *url = luaL_checkstring(L, 1);
  const char *name = luaL_checkstring(L, 2);
  const runtime *r = runtime_of(L);
  unsigned left = 0;
  if (r->parent)
    left = parent_channel_slots(r->parent, name, &most);
  else if (!recording_is_on(r->recording))
    left = scheduler_slots(r->scheduler, url, name, timeline_ticks(&r->time), &most);
  lua_pushinteger(L, left);
  lua_pushinteger(L, most);
  return 2;
}

/* ---- the response */

/* What a server repeats of a secret must not become a Lua value: a script could cut it, and then nothing masks it. */
static int push_masked(lua_State *L, const char *data, size_t length) {
  bytes *copy = glue_bytes(L);
  glue_need(L, bytes_append(copy, data, length) && secrets_mask(runtime_of(L)->secrets, copy));
  lua_pushlstring(L, copy->data, copy->length);
  bytes_free(copy);
  return 1;
}

static int header(lua_State *L) {
  const char *value;
  size_t length;
  http_exchange *x = check_head(L, 1);
  if (http_find_header(x, luaL_checkstring(L, 2), &value, &length)) return push_masked(L, value, length);
  luaL_pushfail(L);
  return 1;
}

/* Adds a header's line to the table on top of the stack; where there are several of a name, joined as RFC 9110 says. */
static void add_header(lua_State *L, const char *line, size_t length) {
  const char *colon = memchr(line, ':', length), *end = line + length;
  if (!colon) return;
  const char *value = colon + 1;
  while (value < end && (*value == ' ' || *value == '\t')) value++;
  lua_pushlstring(L, line, (size_t)(colon - line));
  lua_pushvalue(L, -1);
  bool again = lua_gettable(L, -3) == LUA_TSTRING;
  lua_pushstring(L, again ? ", " : "");
  if (!again) lua_remove(L, -2);
  push_masked(L, value, (size_t)(end - value));
  lua_remove(L, -2); /* what it was masked in */
  lua_concat(L, again ? 3 : 2);
  lua_settable(L, -3);
}

/* response:headers(): all of them, by their names as they came. */
static int headers_table(lua_State *L) {
  const http_exchange *x = http_check_response(L, 1);
  const char *at = x->headers.data, *end = at ? at + x->headers.length : NULL;
  lua_newtable(L);
  while (at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop ? stop : end) - at);
    while (length && (at[length - 1] == '\r' || at[length - 1] == ' ')) length--;
    add_header(L, at, length);
    at = stop ? stop + 1 : end;
  }
  return 1;
}

static int text(lua_State *L) {
  http_exchange *x = http_check_response(L, 1);
  bytes *scratch = glue_bytes(L), *body;
  http_code code = http_body(x, scratch, &body);
  if (code != HTTP_OK) return glue_fail(L, http_code_name(code), "%s", x->message);
  push_masked(L, body->data ? body->data : "", body->length);
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

/* Fields that are computed: status, url, version, bytes (of the body, as received), ms (from start to end). */
static int response_index(lua_State *L) {
  http_exchange *x = check_head(L, 1);
  const char *name = luaL_checkstring(L, 2);
  if (strcmp(name, "status") == 0)
    lua_pushinteger(L, x->status);
  else if (strcmp(name, "url") == 0)
    push_masked(L, x->url.data, x->url.length);
  else if (strcmp(name, "bytes") == 0)
    lua_pushinteger(L, (lua_Integer)x->received);
  else if (strcmp(name, "ms") == 0)
    lua_pushinteger(L, x->ended - x->started);
  else if (strcmp(name, "version") == 0)
    lua_pushstring(L, x->version == CURL_HTTP_VERSION_2_0 ? "2" : "1.1");
  else
    lua_pushvalue(L, 2), lua_gettable(L, lua_upvalueindex(1));
  return 1;
}

static const luaL_Reg response_methods[] = {
    {"header", header}, {"headers", headers_table}, {"text", text}, {"page", page_of_response},
    {"keep", keep},     {"wait", wait_for_body},    {NULL, NULL}};

/* ---- for verbs: what holds for every request */

/* http.workers(n): how many requests may be under way at once. */
static int workers(lua_State *L) {
  lua_Integer most = luaL_checkinteger(L, 1);
  luaL_argcheck(L, most >= 1 && most <= 1000, 1, "a number from 1 to 1000 was expected");
  scheduler_allow(runtime_of(L)->scheduler, (unsigned)most);
  return 0;
}

static int trust(lua_State *L) {
  glue_need(L, http_trust(runtime_of(L)->http, luaL_checkstring(L, 1)));
  return 0;
}

static int use_proxy(lua_State *L) {
  glue_need(L, http_use_proxy(runtime_of(L)->http, luaL_checkstring(L, 1)));
  return 0;
}

int open_http(lua_State *L) {
  static const luaL_Reg functions[] = {{"get", get},     {"request", request}, {"limits", limits},
                                       {"slots", slots}, {"room", slots},      {NULL, NULL}};
  static const luaL_Reg trusted[] = {{"trust", trust}, {"use_proxy", use_proxy}, {"workers", workers}, {NULL, NULL}};
  luaL_newlib(L, functions);
  if (host_of(L)->kind & (HOST_VERB | HOST_INTERPRETER)) luaL_setfuncs(L, trusted, 0);
  return 1;
}
