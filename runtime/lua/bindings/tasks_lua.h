/* The module `tasks`: sleep, spawn; and a task's join. */
#ifndef PERIGEE_TASKS_LUA_H
#define PERIGEE_TASKS_LUA_H

#include <lua.h>

int open_tasks(lua_State *L);

#endif
