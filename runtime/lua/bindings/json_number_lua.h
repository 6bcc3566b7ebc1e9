/* Numbers for scripts: integers and floats where Lua holds them exactly; else a `json.number`, which keeps its text. */
#ifndef PERIGEE_JSON_NUMBER_LUA_H
#define PERIGEE_JSON_NUMBER_LUA_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Pushes the number of a JSON text. */
void json_push_number(lua_State *L, const char *text, size_t length);

/* The text of the json.number at `index`; NULL: it is none. */
const char *json_number_text(lua_State *L, int index, size_t *length);

/* json.number(text) and json.is_number(value). */
int json_make_number(lua_State *L);
int json_is_number(lua_State *L);

#endif
