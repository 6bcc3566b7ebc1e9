/* Rows of a file, as a response's body holds them: what is said of them, and those of a body that is whole. */
#ifndef PERIGEE_BODY_ROWS_LUA_H
#define PERIGEE_BODY_ROWS_LUA_H

#include "formats/row_reader.h"
#include "http/http_exchange.h"

#include <lua.h>

/* Reads the options in the table at `index`, for a body without its Content-Encoding. Raises for what is none. Pushes
 * what keeps them alive. */
row_options body_row_options(lua_State *L, int index, const http_exchange *x);

typedef enum body_kind {
  BODY_JSON,
  BODY_LINES,   /* of JSON */
  BODY_ELEMENTS /* JSON that was XML */
} body_kind;

/*
 * Appends what is made of a whole body, if the table at `index` names a format: BODY_JSON is as it is. 0; or the number
 * of results: nil, message, code.
 */
int body_rows(lua_State *L, int index, const http_exchange *x, const bytes *body, bytes *out, body_kind *kind);

#endif
