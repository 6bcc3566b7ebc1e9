/* A script's settings for a page: its noted fields, its key, the place of its records. */
#ifndef PERIGEE_PAGE_SETTINGS_LUA_H
#define PERIGEE_PAGE_SETTINGS_LUA_H

#include "page/page.h"

#include <lua.h>

/* How page_split is to split a text. All strings are kept alive by what page_read_settings pushes. */
typedef struct page_settings {
  const char *names[PAGE_MAX_NOTED]; /* of noted fields: paths, and behind the timed ones plain names */
  const char *heads[PAGE_MAX_NOTED];
  page_query query; /* of these names */
  size_t timed;     /* of the names, so many come with a time */
  int64_t unit;     /* of times that are numbers, as a page has it */
  bool digests;     /* the rows get digests, without these members */
  row_changing changing;
  bool settles; /* and others, without these */
  row_changing settled;
  row_splice splice;
  row_without without;
} page_settings;

/* Reads the table at `index`, and pushes the list of the names and what else keeps strings alive. Raises for what is no
 * setting. */
void page_read_settings(lua_State *L, int index, page_settings *settings);

#endif
