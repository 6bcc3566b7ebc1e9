/* Methods of pages that drop records by their times. */
#ifndef PERIGEE_PAGE_DAYS_LUA_H
#define PERIGEE_PAGE_DAYS_LUA_H

#include <lua.h>

/* page:keep_before(bounds): the records before any of these times. */
int page_keep_before_times(lua_State *L);

/* page:keep_days(field, list, index, count): those of the days that fall to this shard. */
int page_keep_days_of(lua_State *L);

#endif
