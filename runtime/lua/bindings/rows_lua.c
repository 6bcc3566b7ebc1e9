#include "lua/bindings/rows_lua.h"

#include "formats/row_reader.h"
#include "http/http_response.h"
#include "lua/bindings/body_rows_lua.h"
#include "lua/bindings/http_response_lua.h"
#include "lua/bindings/page_lua.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <inttypes.h>
#include <lauxlib.h>

#define ROWS_TYPE "perigee.rows"
#define HELD (ROW_PAGE + HTTP_WINDOW) /* bytes counted for a file that is being read, about */

typedef struct rows {
  row_reader *reader;
  size_t held;
} rows;

enum { ROWS_RESPONSE = 1 };

/* ---- reading */

static rows *check_rows(lua_State *L) {
  rows *r = luaL_checkudata(L, 1, ROWS_TYPE);
  luaL_argcheck(L, r->reader, 1, "the file is closed");
  return r;
}

static http_exchange *exchange_of(lua_State *L) {
  lua_getiuservalue(L, 1, ROWS_RESPONSE);
  http_exchange *x = http_check_headers(L, -1);
  lua_pop(L, 1);
  return x;
}

static int fail(lua_State *L, const row_reader *r, row_code code) {
  return glue_fail(L, row_code_name(code), "%s", row_reader_why(r));
}

/* Reads as far as what came of the body goes. NEEDS: the rest of it has to come. */
static row_code run(row_reader *r, http_exchange *x, size_t wanted) {
  for (;;) {
    unpack_input from = {.data = x->body.data, .length = x->body.length, .ended = x->done};
    row_code code = row_reader_run(r, &from, wanted);
    size_t taken = x->body.length - from.length;
    if (taken) http_took(x, taken); /* which may bring more */
    if (code != ROW_NEEDS || (!x->body.length && !x->done)) return code;
  }
}

/* Waits for the rows, as many as the context says and one more; then `then` goes on. */
static int wait_for_rows(lua_State *L, lua_KContext context, lua_KFunction again, row_code *code) {
  const rows *r = check_rows(L);
  http_exchange *x = exchange_of(L);
  if (x->done && x->code != HTTP_OK) return glue_fail(L, http_code_name(x->code), "%s", x->message);
  *code = run(r->reader, x, (size_t)context + 1);
  if (*code > ROW_END) return fail(L, r->reader, *code);
  if (*code != ROW_NEEDS) return 0;
  x->owner = task_current(L);
  return task_wait(L, x->owner, 0, context, again);
}

/* The stack is: rows, settings. */
static int give_page(lua_State *L, int status, lua_KContext context) {
  row_code code = ROW_NEEDS;
  exchange_of(L)->owner = NULL;
  if (status == LUA_ERRRUN) return 0; /* interrupted: it is closed with its rows */
  int failed = wait_for_rows(L, context, give_page, &code);
  if (failed) return failed;
  rows *r = check_rows(L);
  int results = page_of_rows(L, r->reader, (size_t)context);
  if (results > 1) return results;
  lua_pushboolean(L, code == ROW_READY || row_reader_count(r->reader) > 0);
  return 2;
}

static lua_KContext check_count(lua_State *L, int index) {
  lua_Integer most = luaL_checkinteger(L, index);
  luaL_argcheck(L, most >= 0 && most <= INT32_MAX, index, "a number of rows was expected");
  return (lua_KContext)most;
}

/* rows:page(settings, most): the next page, and whether rows follow; or nil, message, code. */
static int read_page(lua_State *L) {
  check_rows(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_KContext most = check_count(L, 3);
  lua_settop(L, 2);
  return give_page(L, LUA_OK, most);
}

/* The stack is: rows; the context is what is left. */
static int pass_over(lua_State *L, int status, lua_KContext left) {
  row_code code = ROW_READY;
  exchange_of(L)->owner = NULL;
  if (status == LUA_ERRRUN) return 0;
  while (left > 0 && code == ROW_READY) {
    int failed = wait_for_rows(L, left, pass_over, &code);
    if (failed) return failed;
    size_t passed = row_reader_take(check_rows(L)->reader, (size_t)left, NULL);
    left -= (lua_KContext)passed;
    if (!passed) break;
  }
  lua_pushboolean(L, left == 0);
  return 1;
}

/* rows:pass_over(count): whether there were as many; or nil, message, code. */
static int read_over(lua_State *L) {
  check_rows(L);
  lua_KContext count = check_count(L, 2);
  lua_settop(L, 1);
  return pass_over(L, LUA_OK, count);
}

/* rows:place(): how many rows were taken, and a hash of them, as a text. */
static int place(lua_State *L) {
  char text[17];
  uint64_t hash;
  lua_pushinteger(L, (lua_Integer)row_reader_place(check_rows(L)->reader, &hash));
  (void)snprintf(text, sizeof text, "%016" PRIx64, hash);
  lua_pushstring(L, text);
  return 2;
}

static void free_reader(lua_State *L, rows *r) {
  row_reader_free(r->reader);
  r->reader = NULL;
  host_hold(L, &r->held, 0);
}

static int collect(lua_State *L) {
  free_reader(L, luaL_checkudata(L, 1, ROWS_TYPE));
  return 0;
}

/* rows:close(): no more of them are wanted, nor of the response. */
static int close_rows(lua_State *L) {
  collect(L);
  lua_getiuservalue(L, 1, ROWS_RESPONSE);
  http_close_response(L, -1);
  return 0;
}

static const luaL_Reg methods[] = {
    {"page", read_page}, {"pass_over", read_over}, {"place", place}, {"close", close_rows}, {NULL, NULL}};

static rows *push_rows(lua_State *L) {
  rows *r = lua_newuserdatauv(L, sizeof *r, 1);
  *r = (rows){0};
  glue_type(L, ROWS_TYPE, methods, collect);
  lua_setmetatable(L, -2);
  return r;
}

int rows_of_response(lua_State *L) {
  char why[ROW_WHY];
  const http_exchange *x = http_check_headers(L, 1);
  row_options given = body_row_options(L, 2, x);
  bool is_gzip;
  http_text sent = http_body_as_sent(x, &is_gzip);
  if (sent.code != HTTP_OK) return glue_fail(L, http_code_name(sent.code), "%s", sent.message);
  given.packed = given.packed || (is_gzip && !x->is_unpacked);
  rows *r = push_rows(L);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, ROWS_RESPONSE);
  r->reader = row_reader_new(&given, why);
  if (!r->reader) return glue_fail(L, "failed", "%s", why);
  host_hold(L, &r->held, HELD);
  return 1;
}
