/* The module `json`: encode, decode, valid, array, number, is_number, text, is_text, path, slice, null. */
#ifndef PERIGEE_JSON_LUA_H
#define PERIGEE_JSON_LUA_H

#include "json/json.h"

#include <lua.h>

#define JSON_SCRIPT_DEPTH 200 /* for scripts, both ways */

int open_json(lua_State *L);

#define JSON_MOST_KEPT 12

/* Places of objects that are not taken apart, as paths (json_path.h) in which a * is each element or member. */
typedef struct json_kept {
  const char *paths[JSON_MOST_KEPT];
  size_t count;
} json_kept;

/* The list of paths at `index`, which is nil or a table that outlives the result. */
json_kept json_check_kept(lua_State *L, int index);

/* Pushes the value of accepted text; objects at the places of `kept` (NULL: none), unless they are empty, each as a
 * json.text. Raises when memory is short. */
void json_push(lua_State *L, const char *text, json_slice value, const json_kept *kept);

/* Appends the JSON of the value at `index`. Raises for what JSON cannot hold, naming it. */
struct bytes;
void json_write(lua_State *L, int index, struct bytes *out);

/* The registry's key of the metatable that marks a table as an array. */
#define JSON_ARRAY_TYPE "perigee.array"

/* Returns nil, a message with line and column, and "malformed". */
int json_fail(lua_State *L, const char *text, size_t length, const json_error *error);

#endif
