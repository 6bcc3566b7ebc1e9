/* A json.text: an object of JSON that was not taken apart. json.encode writes it as it came. */
#ifndef PERIGEE_JSON_TEXT_LUA_H
#define PERIGEE_JSON_TEXT_LUA_H

#include <lua.h>
#include <stddef.h>

/* Pushes one, of the text of an object that json_valid accepted; it is copied. */
void json_text_push(lua_State *L, const char *text, size_t length);

/* Its text; NULL: the value at `index` is none. */
const char *json_text_of(lua_State *L, int index, size_t *length);

/* json.is_text(value) */
int json_is_text(lua_State *L);

#endif
