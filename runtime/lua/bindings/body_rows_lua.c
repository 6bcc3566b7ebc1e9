#include "lua/bindings/body_rows_lua.h"

#include "http/http.h"
#include "http/http_response.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>
#include <strings.h>

#define READER_TYPE "perigee.row_reader"

static bool ends_in(const char *text, size_t length, const char *ending) {
  size_t of = strlen(ending);
  return length >= of && strncasecmp(text + length - of, ending, of) == 0;
}

static bool is_word(const char *text, size_t length, const char *word) {
  return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static bool is_encoded(const http_exchange *x) {
  const char *value;
  size_t length;
  return http_find_header(x, "Content-Encoding", &value, &length) && is_word(value, length, "gzip");
}

/* Is what is sent gzip, by Content-Type or the ending of its address? */
static bool is_gzip_file(const http_exchange *x) {
  const char *value;
  size_t length;
  if (http_find_header(x, "Content-Type", &value, &length)) {
    const char *end = memchr(value, ';', length);
    if (end) length = (size_t)(end - value);
    while (length && value[length - 1] == ' ') length--;
    if (is_word(value, length, "application/gzip") || is_word(value, length, "application/x-gzip")) return true;
  }
  return ends_in(x->url.data, strcspn(x->url.data, "?#"), ".gz");
}

int body_check_encoding(lua_State *L, const http_exchange *x) {
  const char *value;
  size_t length;
  if (!http_find_header(x, "Content-Encoding", &value, &length) || !length || is_word(value, length, "gzip") ||
      is_word(value, length, "identity"))
    return 0;
  lua_pushlstring(L, value, length < 40 ? length : 40);
  return glue_fail(L, "corrupt", "the response is encoded as %s, which was not asked for", lua_tostring(L, -1));
}

row_options body_row_options(lua_State *L, int index, const http_exchange *x, bool as_sent) {
  static const char *const formats[] = {"ndjson", "csv", NULL};
  row_options given = {0};
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "format");
  given.format = (row_format)luaL_checkoption(L, -1, NULL, formats);
  lua_pop(L, 1);
  lua_getfield(L, index, "delimiter");
  size_t length;
  const char *delimiter = luaL_optlstring(L, -1, ",", &length);
  luaL_argcheck(L, length == 1 && !strchr("\"\r\n", *delimiter), index, "delimiter must be one character");
  given.delimiter = *delimiter;
  lua_pop(L, 1);
  given.packed = is_gzip_file(x) || (as_sent && is_encoded(x));
  return given;
}

/* The collector frees the reader, whatever is raised. */
static int collect(lua_State *L) {
  row_reader **reader = luaL_checkudata(L, 1, READER_TYPE);
  row_reader_free(*reader);
  *reader = NULL;
  return 0;
}

static row_reader **push_reader(lua_State *L) {
  row_reader **reader = lua_newuserdatauv(L, sizeof *reader, 0);
  *reader = NULL;
  glue_type(L, READER_TYPE, NULL, collect);
  lua_setmetatable(L, -2);
  return reader;
}

static int fail(lua_State *L, const row_reader *r, row_code code) {
  return glue_fail(L, row_code_name(code), "%s", row_reader_why(r));
}

static int read_all(lua_State *L, row_reader *r, const bytes *body, bytes *lines) {
  row_code code;
  size_t max = http_get_limits(runtime_of(L)->http)->max_body;
  unpack_input from = {.data = body->data, .length = body->length, .ended = true};
  do {
    code = row_reader_run(r, &from, SIZE_MAX);
    if (code > ROW_END) return fail(L, r, code);
    glue_need(L, row_reader_take(r, SIZE_MAX, lines) != SIZE_MAX);
    if (lines->length > max)
      return glue_fail(L, "too_large", "the response's rows are larger than the limit for a body");
  } while (code == ROW_READY || row_reader_count(r));
  return 0;
}

int body_rows(lua_State *L, int index, const http_exchange *x, const bytes *body, bytes *lines, bool *has_format) {
  char why[ROW_WHY];
  int top = lua_gettop(L);
  *has_format = lua_getfield(L, index, "format") != LUA_TNIL;
  lua_settop(L, top);
  if (!*has_format) return 0;
  row_options given = body_row_options(L, index, x, false);
  row_reader **reader = push_reader(L);
  *reader = row_reader_new(&given, why);
  if (!*reader) return glue_fail(L, "failed", "%s", why);
  int failed = read_all(L, *reader, body, lines);
  row_reader_free(*reader);
  *reader = NULL;
  if (!failed) lua_settop(L, top);
  return failed;
}
