#include "lua/bindings/body_rows_lua.h"

#include "formats/xml_document.h"
#include "http/http.h"
#include "http/http_response.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <lauxlib.h>
#include <string.h>

/* On the stack, which owns it. */
static const bytes *read_columns(lua_State *L, int index) {
  bytes *names = glue_bytes(L);
  int top = lua_gettop(L);
  if (lua_getfield(L, index, "columns") == LUA_TTABLE)
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++, lua_pop(L, 1))
      glue_need(L, bytes_text(names, lua_tostring(L, -1)) && bytes_append(names, "", 1));
  lua_settop(L, top);
  return names;
}

row_options body_row_options(lua_State *L, int index, const http_exchange *x) {
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
  given.needs = *read_columns(L, index);
  given.packed = !x->is_unpacked && http_is_gzip_file(x);
  const char *type;
  if (http_find_header(x, "Content-Type", &type, &length)) given.said = charset_of_type(type, length);
  return given;
}

static int read_lines(lua_State *L, int index, const http_exchange *x, const bytes *body, bytes *lines) {
  char why[ROW_WHY];
  row_options given = body_row_options(L, index, x);
  row_code code = row_read_all(&given, body, http_get_limits(runtime_of(L)->http)->max_body, lines, why);
  if (code == ROW_READY) return glue_fail(L, "too_large", "the response's rows are larger than the limit for a body");
  return code == ROW_END ? 0 : glue_fail(L, row_code_name(code), "%s", why);
}

/* Gzip is taken off before, as from rows. */
static int read_elements(lua_State *L, const http_exchange *x, const bytes *body, bytes *out) {
  char why[XML_WHY];
  bytes *text = glue_bytes(L);
  unpack_code code = unpack_all(http_is_gzip_file(x), body, http_get_limits(runtime_of(L)->http)->max_body, text);
  if (code == UNPACK_SOME) return glue_fail(L, "too_large", "the response inflates beyond the limit for a body");
  if (code == UNPACK_NO_MEMORY) return glue_fail(L, "failed", "memory is short");
  if (code != UNPACK_END) return glue_fail(L, "corrupt", "the response's gzip is cut or corrupt");
  if (!xml_document(text, out, why)) return glue_fail(L, "malformed", "the response's XML: %s", why);
  return 0;
}

static body_kind kind_of(lua_State *L, int index) {
  const char *format = lua_getfield(L, index, "format") == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  body_kind kind = !format ? BODY_JSON : strcmp(format, "xml") == 0 ? BODY_ELEMENTS : BODY_LINES;
  lua_pop(L, 1);
  return kind;
}

int body_rows(lua_State *L, int index, const http_exchange *x, const bytes *body, bytes *out, body_kind *kind) {
  int top = lua_gettop(L), failed = 0;
  *kind = kind_of(L, index);
  if (*kind == BODY_LINES) failed = read_lines(L, index, x, body, out);
  if (*kind == BODY_ELEMENTS) failed = read_elements(L, x, body, out);
  if (!failed) lua_settop(L, top);
  return failed;
}
