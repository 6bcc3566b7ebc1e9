#include "lua/modules.h"

#include "lua/bindings/airbyte_lua.h"
#include "lua/bindings/allowed_hosts_lua.h"
#include "lua/bindings/clock_lua.h"
#include "lua/bindings/command_line_lua.h"
#include "lua/bindings/comparison_lua.h"
#include "lua/bindings/console_lua.h"
#include "lua/bindings/description_lua.h"
#include "lua/bindings/destination_lua.h"
#include "lua/bindings/digest_lua.h"
#include "lua/bindings/files_lua.h"
#include "lua/bindings/host_lua.h"
#include "lua/bindings/http_lua.h"
#include "lua/bindings/json_lua.h"
#include "lua/bindings/keys_lua.h"
#include "lua/bindings/ledger_lua.h"
#include "lua/bindings/leftovers_lua.h"
#include "lua/bindings/pacing_lua.h"
#include "lua/bindings/page_lua.h"
#include "lua/bindings/program_lua.h"
#include "lua/bindings/recording_lua.h"
#include "lua/bindings/repl_lua.h"
#include "lua/bindings/resources_lua.h"
#include "lua/bindings/responses_lua.h"
#include "lua/bindings/sandbox_lua.h"
#include "lua/bindings/secrets_lua.h"
#include "lua/bindings/stream_scripts_lua.h"
#include "lua/bindings/tasks_lua.h"
#include "lua/host.h"
#include "lua/require.h"
#include "lua/sandbox.h"

#include <lua-cjson.h>
#include <lualib.h>

#define EVERY (HOST_VERB | HOST_STREAM | HOST_PROMPT | HOST_INTERPRETER)

/* With a depth of its own choice a script could have lua-cjson overflow the C stack, which ends the process. */
static int bounded_cjson(lua_State *L) {
  luaopen_cjson(L);
  lua_pushnil(L);
  lua_setfield(L, -2, "decode_max_depth");
  lua_pushnil(L);
  lua_setfield(L, -2, "encode_max_depth");
  return 1;
}

/* clang-format off: a line each */
static const module modules[] = {
    {"airbyte", open_airbyte, EVERY},
    {"allowed_hosts", open_allowed_hosts, EVERY},
    {"cjson", bounded_cjson, EVERY},
    {"clock", open_clock, EVERY},
    {"command_line", open_command_line, EVERY},
    {"comparison", open_comparison, HOST_VERB | HOST_INTERPRETER},
    {"console", open_console, HOST_VERB | HOST_PROMPT | HOST_INTERPRETER},
    {"description", open_description, HOST_INTERPRETER},
    {"destination", open_destination, HOST_VERB | HOST_INTERPRETER},
    {"digest", open_digest, EVERY},
    {"files", open_files, HOST_VERB | HOST_INTERPRETER},
    {"host", open_host, EVERY},
    {"http", open_http, EVERY},
    {"json", open_json, EVERY},
    {"keys", open_keys, EVERY},
    {"ledger", open_ledger, HOST_VERB | HOST_STREAM | HOST_INTERPRETER},
    {"leftovers", open_leftovers, HOST_INTERPRETER},
    {"pacing", open_pacing, HOST_INTERPRETER},
    {"page", open_page, EVERY},
    {"program", open_program, HOST_VERB | HOST_INTERPRETER},
    {"recording", open_recording, HOST_VERB | HOST_INTERPRETER},
    {"repl", open_repl, HOST_PROMPT | HOST_INTERPRETER},
    {"resources", open_resources, EVERY},
    {"responses", open_responses, HOST_STREAM | HOST_INTERPRETER},
    {"sandbox", open_sandbox, HOST_VERB | HOST_PROMPT | HOST_INTERPRETER},
    {"secrets", open_secrets, HOST_VERB | HOST_INTERPRETER},
    {"stream_scripts", open_stream_scripts, EVERY},
    {"tasks", open_tasks, EVERY},
    {NULL, NULL, 0},
};
/* clang-format on */

int modules_open(lua_State *L) {
  bool interpreter = host_of(L)->kind == HOST_INTERPRETER;
  if (interpreter)
    luaL_openlibs(L);
  else
    sandbox_open(L);
  require_open(L, modules);
  if (!interpreter) sandbox_close(L);
  return 0;
}
