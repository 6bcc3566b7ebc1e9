/* Records for scripts' hooks: a view of one record of a page, and the hooks that are called with it. */
#ifndef PERIGEE_PAGE_RECORD_LUA_H
#define PERIGEE_PAGE_RECORD_LUA_H

#include "page/page.h"

#include <lua.h>

/* A view of the record at `row`; moved from row to row, and of no use once its hook has ended. */
typedef struct record_view {
  page *page; /* kept alive by the view's user value */
  size_t row;
  bool open;
  bool changed; /* `edited` is the record now */
  bytes edited, spare, value;
  const char *names[PAGE_MAX_NOTED];
  size_t named;
} record_view;

/*
 * Pushes a view of the page at `index`, to be closed when the running function ends, however it ends. Fields that are
 * read and were not noted are added to the list at `reads` (nil: to none), so that later pages note them.
 */
record_view *record_new_view(lua_State *L, int index, page *p, int reads);

/* page:filter(f, context, reads): holds back the records of which f(record, context) is false; returns how many. */
int record_filter(lua_State *L);

/* page:transform(f, context, reads): what f(record, context) returns goes out in the record's place. */
int record_transform(lua_State *L);

/* page:drift(types, found, at): notes members that depart from the types; of all records, or of one. */
int record_drift(lua_State *L);

#endif
