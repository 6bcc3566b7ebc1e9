/* Records for scripts' hooks: a view of one record of a page. */
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

#endif
