#include "lua/bindings/command_line_lua.h"

#include "cli/verbs.h"
#include "lua/host.h"

#include <lauxlib.h>

static void set_number(lua_State *L, const char *name, int64_t value, lua_Number unit) {
  if (!value) return;
  lua_pushnumber(L, (lua_Number)value / unit);
  lua_setfield(L, -2, name);
}

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

static void set_list(lua_State *L, const char *name, const char *const *list) {
  lua_newtable(L);
  for (lua_Integer i = 0; list[i]; i++) {
    lua_pushstring(L, list[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

/* Where files are is a verb's business: a stream's script must not learn it. */
static void set_files(lua_State *L, const options *o) {
  set_text(L, "word", o->word);
  set_text(L, "other_word", o->other_word);
  set_text(L, "from", o->from);
  set_text(L, "config", o->config);
  set_text(L, "catalog", o->catalog);
  set_text(L, "state", o->state);
  set_list(L, "more_words", o->more_words);
  set_text(L, "shard", o->shard);
  set_text(L, "until", o->until_time);
  set_text(L, "missing", o->missing);
  set_flag(L, "own_limits", o->own_limits);
  set_text(L, "record", o->record);
  set_text(L, "replay", o->replay);
  set_text(L, "ledger", o->ledger);
  set_list(L, "folders", o->scripts);
}

static void set_sync(lua_State *L, const options *o) {
  set_text(L, "to", o->to);
  set_text(L, "hostname", o->hostname);
  set_text(L, "organization", o->organization);
  set_text(L, "project", o->project);
  set_text(L, "streams", o->streams);
  set_text(L, "exclude", o->exclude);
  set_list(L, "full", o->full);
  set_flag(L, "json", o->json);
  set_flag(L, "dry_run", o->dry_run);
  set_flag(L, "freeze", o->freeze);
  set_flag(L, "gzip", o->gzip);
  set_flag(L, "quiet", o->quiet);
}

static void set_numbers(lua_State *L, const options *o) {
  set_number(L, "check_budget", o->check_budget, 1000);
  set_number(L, "retry_base", o->retry_base, 1000);
  set_number(L, "retry_attempts", o->retry_attempts, 1);
  set_number(L, "rate_limit_patience", o->rate_limit_patience, 1000);
  set_number(L, "outage_patience", o->outage_patience, 1000);
  set_number(L, "checkpoint_records", o->checkpoint_records, 1);
  set_number(L, "limit", o->limit, 1);
}

/* command_line.options(): times in seconds; absent where the default holds; files for verbs alone. */
static int push_options(lua_State *L) {
  const options *o = runtime_of(L)->options;
  lua_newtable(L);
  set_text(L, "verb", o->verb);
  set_text(L, "why", o->why);
  if (host_of(L)->kind & (HOST_VERB | HOST_INTERPRETER)) set_files(L, o), set_sync(L, o);
  set_flag(L, "debug", o->debug);
  set_flag(L, "plan", o->plan);
  set_flag(L, "infer", o->infer);
  set_flag(L, "update", o->update);
  set_flag(L, "names", o->names);
  set_flag(L, "observe", o->observe);
  set_flag(L, "strict", o->strict);
  set_flag(L, "for_people", verbs_for_people(o));
  set_flag(L, "wants_socket", o->wants_socket);
  set_numbers(L, o);
  set_flag(L, "custom_streams", !o->no_custom_streams);
  return 1;
}

int open_command_line(lua_State *L) {
  static const luaL_Reg functions[] = {{"options", push_options}, {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_pushliteral(L, PERIGEE_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
