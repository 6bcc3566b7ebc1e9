/* The module `files`: any file, for verbs. */
#ifndef PERIGEE_FILES_LUA_H
#define PERIGEE_FILES_LUA_H

#include <lua.h>

int open_files(lua_State *L);

/* Pushes the text of a file; or nil, message, "unreadable". Returns how many values. */
int files_push(lua_State *L, const char *path);

#endif
