#include "lua/bindings/host_child_lua.h"

#include "child/child.h"
#include "child/parent_channel.h"
#include "lua/glue.h"
#include "lua/host.h"

#include <stdlib.h>
#include <string.h>

#define CHILD_TYPE "perigee.child"
#define RESERVE ((size_t)1 << 20)

typedef struct box {
  child *child;
  allowed_hosts allowed;
  task *waiting;
} box;

static int collect(lua_State *L) {
  box *b = luaL_checkudata(L, 1, CHILD_TYPE);
  child *c = b->child;
  b->child = NULL;
  child_free(c);
  allowed_hosts_free(&b->allowed);
  return 0;
}

/* ---- in the child */

typedef struct body {
  const runtime *outer;
  const airbyte_stream *stream;
  const char *script, *text;
  size_t length, memory;
  int64_t time;
} body;

/* The parent's stream again, for our own writer. An empty namespace is not the same as none. */
static airbyte_stream *open_stream(airbyte *a, const airbyte_stream *s) {
  const char *space =
      s->name_space.length || strstr(s->descriptor.data, ",\"namespace\":\"\"}") ? s->name_space.data : NULL;
  return airbyte_open(a, s->name.data, space);
}

static void send_results(parent_channel *r, const task *t) {
  message_writer w = message_begin(parent_channel_out(r), MESSAGE_RESULT);
  message_number(&w, t->failed);
  for (int i = t->results; i > 0; i--) {
    size_t length;
    const char *text = task_text(t, i, &length);
    message_number(&w, text != NULL);
    if (text) message_data(&w, text, length);
  }
  parent_channel_send(r, &w);
}

/* All that is the parent's stays untouched: its Lua states, connections and buffers are copies that nobody needs. */
static void run_body(int channel, int lines, void *user) {
  const body *b = user;
  runtime r = {.options = b->outer->options, .paths = b->outer->paths, .secrets = b->outer->secrets};
  r.script_time = b->time;
  r.bytecode = b->outer->bytecode;
  r.recording = b->outer->recording;
  r.time = b->outer->time;
  r.http = http_new(NULL, *http_get_limits(b->outer->http), "");
  r.airbyte = airbyte_new(lines, r.secrets, &r.time);
  r.parent = r.http ? parent_channel_new(channel, r.http, &r.loop.watches, &r.time) : NULL;
  airbyte_stream *s = b->stream && r.airbyte ? open_stream(r.airbyte, b->stream) : NULL;
  if (!r.parent || !r.airbyte || (b->stream && !s)) return;
  host *h = host_new(&r, HOST_STREAM, s);
  if (!h) return;
  h->memory_cap = b->memory;
  r.reserve = malloc(RESERVE);
  task *t = host_start(h, HOST_RUN_SCRIPT, b->script, b->text, b->length);
  if (t && loop_run(&r, t)) {
    airbyte_flush(r.airbyte);
    send_results(r.parent, t);
  }
  free(r.reserve);
}

/* ---- in the parent */

static void ended(void *owner) {
  task_wake(((box *)owner)->waiting);
}

static int push_results(lua_State *L, message_reader *results) {
  int count = 0;
  bool failed = message_take_number(results);
  if (failed) luaL_pushfail(L);
  while (results->ok && results->at < results->end) {
    size_t length;
    luaL_checkstack(L, 2, "too many results");
    const char *text = message_take_number(results) ? message_take_data(results, &length) : NULL;
    if (text)
      lua_pushlstring(L, text, length);
    else
      luaL_pushfail(L);
    count++;
  }
  if (!failed) return count;
  lua_pushliteral(L, "raised");
  return count + 2;
}

static int finished(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  box *b = luaL_checkudata(L, 5, CHILD_TYPE);
  message_reader results;
  const char *wrong = child_failure(b->child, &results);
  int count = wrong ? glue_fail(L, "ended", "%s", wrong) : push_results(L, &results);
  child *c = b->child;
  b->child = NULL;
  child_free(c);
  return count;
}

static void add_grants(lua_State *L, int apart, allowed_hosts *g) {
  lua_getfield(L, apart, "base");
  if (!lua_isnil(L, -1))
    luaL_argcheck(L, lua_isstring(L, -1) && allowed_hosts_configure(g, lua_tostring(L, -1)), apart,
                  "base is no address");
  lua_getfield(L, apart, "hosts");
  if (lua_istable(L, -1))
    for (lua_Integer i = 1; lua_geti(L, -1, i) != LUA_TNIL; lua_pop(L, 1), i++)
      luaL_argcheck(L, lua_isstring(L, -1) && allowed_hosts_add(g, lua_tostring(L, -1)), apart,
                    "hosts holds what is no host");
  lua_settop(L, 5);
}

int child_run(lua_State *L, airbyte_stream *s) {
  runtime *r = runtime_of(L);
  const options *o = r->options;
  body b = {.outer = r, .stream = s, .script = luaL_checkstring(L, 2), .text = luaL_checklstring(L, 3, &b.length)};
  luaL_checktype(L, 4, LUA_TTABLE);
  lua_settop(L, 4);
  task *self = task_current(L);
  box *made = lua_newuserdatauv(L, sizeof *made, 0);
  *made = (box){.waiting = self};
  glue_type(L, CHILD_TYPE, NULL, collect);
  lua_setmetatable(L, 5);
  add_grants(L, 4, &made->allowed);
  b.time = o->script_time ? o->script_time : CHILD_TIME;
  lua_getfield(L, 4, "time");
  if (lua_tonumber(L, -1) > 0 && lua_tonumber(L, -1) * 1000 < (lua_Number)b.time)
    b.time = (int64_t)(lua_tonumber(L, -1) * 1000) + 1;
  b.memory = o->script_memory ? (size_t)o->script_memory : CHILD_MEMORY;
  child_world world = {r->http, r->scheduler, r->airbyte, r->progress, &r->time, &r->loop.watches};
  child_job job = {
      .stream = s, .allowed = &made->allowed, .time = b.time, .memory = b.memory, .run = run_body, .user = &b};
  lua_getfield(L, 4, "grants");
  job.may_grant = lua_toboolean(L, -1);
  job.on_end = ended;
  job.owner = made;
  lua_settop(L, 5);
  const char *wrong;
  airbyte_flush(s ? s->to : r->airbyte);
  made->child = child_start(&world, &job, &wrong);
  if (!made->child) return glue_fail(L, "ended", "%s", wrong);
  return task_wait(L, self, 0, 0, finished);
}

int child_grant(lua_State *L) {
  runtime *r = runtime_of(L);
  allowed_hosts checked = {0};
  luaL_checktype(L, 1, LUA_TTABLE);
  bytes *hosts = glue_bytes(L);
  for (lua_Integer i = 1; lua_geti(L, 1, i) != LUA_TNIL; lua_pop(L, 1), i++) {
    const char *named = luaL_checkstring(L, -1);
    bool ok = allowed_hosts_add(&checked, named);
    allowed_hosts_free(&checked);
    if (!ok) return glue_fail(L, "no_host", "'%s' is no host; write api.example.com, or http://127.0.0.1:8080", named);
    glue_need(L, bytes_append(hosts, named, strlen(named) + 1));
  }
  if (r->parent) parent_channel_grant(r->parent, hosts);
  lua_pushboolean(L, true);
  return 1;
}
