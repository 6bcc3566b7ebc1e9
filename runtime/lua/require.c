#include "lua/require.h"

#include "lua/glue.h"
#include "lua/host.h"
#include "lua/script_file.h"

#include <lauxlib.h>
#include <string.h>

#define LOADED "perigee.loaded"
#define BESIDE "perigee.beside"

static const module *find_module(const host *h, const char *name) {
  for (const module *m = h->modules; m && m->name; m++)
    if (strcmp(m->name, name) == 0 && (m->kinds & h->kind)) return m;
  return NULL;
}

void require_beside(lua_State *L, const char *stream) {
  lua_pushstring(L, stream);
  lua_setfield(L, LUA_REGISTRYINDEX, BESIDE);
}

/* Ours come first: no file beside a script can take the place of one that the runtime needs. */
static bool read_beside(lua_State *L, const char *file, script_text *out) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, BESIDE) != LUA_TSTRING) return false;
  script_file wanted = {SCRIPT_FILE_MODULE, file, lua_tostring(L, -1)};
  return script_file_read(runtime_of(L), &wanted, out) == SCRIPT_FOUND;
}

/* Keeps the chunk of ours on top of the stack for the states that are still to come. Nothing here raises. */
static void keep_compiled(lua_State *L, const char *name) {
  bytes code = {0};
  if (lua_dump(L, glue_dump, &code, 0) == 0) bytecode_keep(&runtime_of(L)->bytecode, name, &code);
  bytes_free(&code);
}

/* Scripts that have moved: a user's own stream may still require them by the names that they had. */
static const char *const moved[][2] = {{"base64", "lib.base64"},
                                       {"nearest", "lib.suggest"},
                                       {"parallel", "lib.parallel"},
                                       {"url", "lib.url"},
                                       {NULL, NULL}};

static const char *name_now(const char *name) {
  for (size_t i = 0; moved[i][0]; i++)
    if (strcmp(moved[i][0], name) == 0) return moved[i][1];
  return name;
}

/* A script of ours. False: `why` says why it cannot be read. */
static bool read_ours(lua_State *L, const char *file, script_text *out) {
  script_file wanted = {SCRIPT_FILE_OURS, file, ""};
  script_found found = script_file_read(runtime_of(L), &wanted, out);
  if (found == SCRIPT_MISSING) luaL_error(L, "'%s' cannot be the name of a script", file);
  return found == SCRIPT_FOUND;
}

/* Compiles a script, from text: bytecode of a file can crash the interpreter. Pushes the chunk; or raises. */
static void compile_script(lua_State *L, const char *name) {
  script_text ours = {.path = glue_bytes(L), .text = glue_bytes(L), .why = glue_bytes(L)};
  script_text own = {.path = ours.path, .text = ours.text, .why = glue_bytes(L)};
  const char *file = luaL_gsub(L, name, ".", "/");
  bool is_ours = read_ours(L, file, &ours);
  const char *where = lua_pushfstring(L, "%s/%s.lua", runtime_of(L)->paths->scripts.data, file);
  if (!is_ours && !read_beside(L, file, &own))
    luaL_error(L, "there is no module or script '%s' to require (%s: %s)", name, where, ours.why->data);
  if (is_ours)
    lua_pushfstring(L, "@scripts%s", ours.path->data + runtime_of(L)->paths->scripts.length);
  else
    lua_pushfstring(L, "@%s", own.path->data);
  if (luaL_loadbufferx(L, ours.text->data, ours.text->length, lua_tostring(L, -1), "t") != LUA_OK) lua_error(L);
  if (is_ours) keep_compiled(L, name); /* what is beside a script is for that script alone */
}

/* The only bytecode that is ever loaded is what this process made of a script itself. */
static void load_script(lua_State *L, const char *name) {
  const bytes *code = bytecode_find(runtime_of(L)->bytecode, name);
  if (!code)
    compile_script(L, name);
  else if (luaL_loadbufferx(L, code->data, code->length, name, "b") != LUA_OK)
    lua_error(L);
}

/* Calls the opener or chunk on top of the stack, and keeps what it returns in the table at `loaded`. */
static void load_with(lua_State *L, const char *name, int loaded) {
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
  if (lua_isnil(L, -1)) luaL_error(L, "the script '%s' returns nothing; it must end in `return …`", name);
  lua_pushvalue(L, -1);
  lua_setfield(L, loaded, name);
}

bool require_module(lua_State *L, const char *name) {
  const module *m = find_module(host_of(L), name);
  if (!m) return false;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LOADED);
  int loaded = lua_gettop(L);
  if (lua_getfield(L, loaded, name) == LUA_TNIL) {
    lua_pushcfunction(L, m->open);
    load_with(L, name, loaded);
  }
  lua_replace(L, loaded);
  lua_settop(L, loaded);
  return true;
}

static int require(lua_State *L) {
  const char *name = name_now(luaL_checkstring(L, 1)); /* ours is loaded once, under whichever name */
  lua_settop(L, 1);
  if (require_module(L, name)) return 1;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LOADED);
  if (lua_getfield(L, 2, name) != LUA_TNIL) return 1;
  load_script(L, name);
  load_with(L, name, 2);
  return 1;
}

/* The interpreter keeps Lua's own require, for busted, with our modules and scripts as its first searchers. */
static int search(lua_State *L) {
  const char *name = name_now(luaL_checkstring(L, 1));
  const module *m = find_module(host_of(L), name);
  script_text out = {.path = glue_bytes(L), .text = glue_bytes(L), .why = glue_bytes(L)};
  if (m) {
    lua_pushcfunction(L, m->open);
    return 1;
  }
  if (!read_ours(L, luaL_gsub(L, name, ".", "/"), &out)) return 0;
  load_script(L, name);
  return 1;
}

void require_open(lua_State *L, const module *modules) {
  host_of(L)->modules = modules;
  if (host_of(L)->kind != HOST_INTERPRETER) {
    lua_pushcfunction(L, require);
    lua_setglobal(L, "require");
    return;
  }
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "insert");
  lua_pushvalue(L, -3);
  lua_pushinteger(L, 2);
  lua_pushcfunction(L, search);
  lua_call(L, 3, 0);
  lua_pop(L, 3);
}
