/* The hooks of a script that are called for each record of a page. */
#ifndef PERIGEE_PAGE_HOOKS_LUA_H
#define PERIGEE_PAGE_HOOKS_LUA_H

#include <lua.h>

/* page:filter(f, context, reads, key): holds back the records of which f(record, context) is false; returns how many.
 * An error that f raises names the record by the fields in `key`. */
int record_filter(lua_State *L);

/* page:transform(f, context, reads, key): what f(record, context) returns goes out in the record's place. */
int record_transform(lua_State *L);

/* page:add(members): adds the members of an object, as JSON, to each record that lacks them. */
int record_add(lua_State *L);

/* page:drift(types, found, at): notes members that depart from the types; of all records, or of one. */
int record_drift(lua_State *L);

#endif
