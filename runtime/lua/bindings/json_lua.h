/* The module `json`: encode, decode, valid, array, number, is_number, null. */
#ifndef PERIGEE_JSON_LUA_H
#define PERIGEE_JSON_LUA_H

#include "json/json.h"

#include <lua.h>

#define JSON_SCRIPT_DEPTH 200 /* for scripts, both ways */

int open_json(lua_State *L);

/* Pushes the value of accepted text. Raises when memory is short. */
void json_push(lua_State *L, const char *text, json_slice value);

/* Appends the JSON of the value at `index`. Raises for what JSON cannot hold, naming it. */
struct bytes;
void json_write(lua_State *L, int index, struct bytes *out);

/* The registry's key of the metatable that marks a table as an array. */
#define JSON_ARRAY_TYPE "perigee.array"

/* Returns nil, a message with line and column, and "malformed". */
int json_fail(lua_State *L, const char *text, size_t length, const json_error *error);

#endif
