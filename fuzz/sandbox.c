/*
 * Programs that a grammar makes, or the input's own text, in the sandbox of a stream: they end within their limits,
 * reach nothing that no script may, and leave what they share with others as it was.
 */
#include "sandbox.h"

#include "input.h"
#include "lua/loop.h"
#include "process.h"
#include "wire.h"
#include "json/json.h"

#include <errno.h>
#include <lauxlib.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIME 100                 /* ms */
#define MEMORY ((size_t)8 << 20) /* of Lua's values */
#define ROOM ((size_t)1 << 20)   /* for the text of an error */
#define MOST_TURNS 3000          /* of the loop, and of tasks: a script that waits for ever is its parent's to end */

/* ---- a script that nothing interrupts ends its process (base/signals.h): here, its state is left as it lies */

static sigjmp_buf overtime;
static volatile sig_atomic_t runs;
static runtime *left[4096]; /* of those: nobody may free them, and they are no leaks */
static size_t left_count;

_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status) {
  if (runs && status == SIGNALS_OVERTIME) siglongjmp(overtime, 1);
  __real__exit(status);
}

static unsigned turns;
static runtime *r;

static bool is_enough(void) {
  if (++turns < MOST_TURNS) return false;
  sink_fail(r->sink, ECANCELED); /* which ends the loop */
  return true;
}

void __real_task_resume(task *t);
void __wrap_task_resume(task *t);
void __wrap_task_resume(task *t) {
  (void)is_enough();
  __real_task_resume(t);
}

/* ---- servers, by the last digit of a path */

static const char *const answers[] = {
    "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 69\r\nX-A: "
    "b\r\n\r\n[{\"id\":\"1\",\"dateCreated\":\"2026-01-01T00:00:00Z\",\"a\":{\"b\":1}},{\"id\":2}]",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"a\":1\r\n2\r\n}\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 20\r\n\r\nid,a\n1,x\n2,\"y\ny\"\n3,\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n<a><b id=\"1\"/><b id=\"2\"/></a>\n\n",
    "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"id\":",
    "HTTP/1.1 302 Found\r\nLocation: /1\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n{\"a\":[1,2,{\"b\":null}],\"id\":18446744073709551616}",
    "HTTP/1.1 204 No\r\n\r\n"};

static void serve(void) {
  static bytes head;
  if (is_enough()) return;
  for (size_t i = 0; wire_at(i); i++) {
    wire *w = wire_at(i);
    wire_listen(w);
    if (!wire_request(w, &head)) continue;
    const char *at = strchr(head.data, '/');
    const char *answer = answers[at ? (unsigned char)at[1] % 10 : 0];
    wire_send(w, answer, strlen(answer));
    wire_close(w);
  }
}

/* ---- programs */

static host *maker; /* of texts, by sandbox.lua */
static runtime of_maker;
static options words, given; /* and as they were */
static input_file printed;

static void prepare(void) {
  input_file_make(&printed);
  process_prepare(&printed);
  process_words(&words, (char *[]){"perigee", "read", NULL});
  given = words;
  MUST(signals_limit(TIME));
  process_begin(&of_maker, &words);
  maker = host_new(&of_maker, HOST_INTERPRETER, NULL);
  MUST(maker && luaL_loadfile(maker->L, FUZZ_SOURCE "/fuzz/sandbox.lua") == LUA_OK && host_call(maker->L, 0, 1));
  lua_pushliteral(maker->L, FUZZ_SOURCE "/docs/api");
  MUST(host_call(maker->L, 1, 1));
  sandbox_forbid(maker->L);
}

/* A byte: is it the text itself, or what a text is made of? */
static void take_program(const uint8_t *data, size_t size, bytes *out) {
  size_t length;
  bool is_text = input_choice(&data, &size) & 1;
  input_rest(data, size, out);
  if (is_text) return;
  lua_State *L = maker->L;
  lua_pushvalue(L, -1);
  lua_pushlstring(L, out->data, out->length);
  if (!host_call(L, 1, 1)) fprintf(stderr, "%s\n", lua_tostring(L, -1)), abort();
  const char *text = lua_tolstring(L, -1, &length);
  bytes_clear(out);
  MUST(bytes_append(out, text, length));
  lua_pop(L, 1);
  lua_gc(L, LUA_GCCOLLECT); /* else each input is searched for leaks, as it leaves more than it found */
}

/* What was written are lines of that stream or logs. */
static void check_lines(void) {
  static bytes text;
  json_error error;
  input_file_read(&printed, &text);
  for (size_t at = 0; at < text.length;) {
    const char *line = text.data + at, *stop = memchr(line, '\n', text.length - at);
    MUST(stop && json_valid(line, (size_t)(stop - line), (json_limits){.depth = JSON_MAX_DEPTH}, &error));
    static const char *const types[] = {"{\"type\":\"LOG\"", "{\"type\":\"RECORD\",\"record\":{\"stream\":\"mine\",",
                                        "{\"type\":\"STATE\"", "{\"type\":\"TRACE\"", NULL};
    const char *const *type = types;
    while (*type && strncmp(line, *type, strlen(*type)) != 0) type++;
    MUST(*type);
    at += (size_t)(stop - line) + 1;
  }
}

/* With what it returned as arguments. */
static void check_state(host *h, const task *t) {
  MUST(h->memory <= MEMORY + ROOM);
  h->memory_cap = 0;
  lua_State *L = h->L;
  int results = t && t->state == TASK_DONE && !t->failed ? t->results : 0;
  lua_settop(L, 0);
  MUST(lua_checkstack(L, results + 5) && (!results || lua_checkstack(t->thread, results)));
  lua_pushcfunction(L, sandbox_check);
  for (int i = results; i > 0; i--) lua_pushvalue(t->thread, -results);
  if (results) lua_xmove(t->thread, L, results);
  if (!host_call(L, results, 0)) fprintf(stderr, "%s\n", lua_tostring(L, -1)), abort();
}

static void run(const bytes *program) {
  sink_stream *s = sink_open(r->sink, "mine", NULL);
  host *h = s ? host_new(r, HOST_STREAM, s) : NULL;
  MUST(h);
  h->memory_cap = MEMORY;
  sandbox_note(h->L);
  task *t = task_start(h, program->data, "name", "text", 4);
  turns = 0;
  if (t) (void)process_loop(r, t, serve);
  runs = 0;
  check_state(h, t);
  host_free(h);
  sink_flush(r->sink);
  MUST(!r->hosts && !r->loop.tasks && !http_under_way(r->http) && memcmp(&words, &given, sizeof words) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bytes program;
  if (!maker) prepare();
  take_program(data, size, &program);
  input_file_write(&printed, "", 0);
  r = calloc(1, sizeof *r);
  MUST(r);
  process_begin(r, &words);
  r->script_time = TIME;
  if (sigsetjmp(overtime, 1)) {
    runs = 0;
    signals_stop(NULL, NULL, SIGNALS_UNLIMITED);
    MUST(left_count < sizeof left / sizeof *left);
    left[left_count++] = r;
  } else {
    runs = 1;
    run(&program);
    process_end(r);
    free(r);
  }
  wire_close_all();
  check_lines();
  return 0;
}
