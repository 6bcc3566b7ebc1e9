/* What must hold of what the parent of a child lets out. */
#include "relay.h"

#include "input.h"
#include "other_json.h"
#include "wire.h"
#include "json/json.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the services */

static bool take_token(secrets *store) {
  static const char spec[] = "{\"properties\":{\"auth_token\":{\"airbyte_secret\":true}}}";
  static bytes spec_text, config, out;
  bytes_clear(&spec_text);
  bytes_clear(&config);
  bytes_clear(&out);
  return store && bytes_text(&spec_text, spec) && bytes_text(&config, "{\"auth_token\":\"" TOKEN "\"}") &&
         secrets_take(store, &spec_text, &config, &out) && secrets_grant(store, "<secret:auth_token>", CONFIGURED);
}

void relay_world_make(relay_world *w, const char *name_space) {
  relay_world before = *w;
  *w = (relay_world){.store = secrets_new(), .told = before.told, .file = before.file, .name_space = name_space};
  bytes_clear(&w->told);
  timeline_fix(&w->time, INT64_C(1767225600000000));
  MUST(take_token(w->store));
  w->client = http_new(w->store, (http_limits){.max_body = 1 << 16}, "fuzz");
  w->scheduler = w->client ? scheduler_new(5, &w->time, &w->headers) : NULL;
  w->logins = w->scheduler ? logins_new(w->client, w->scheduler, &w->time, w->store) : NULL;
  if (!w->file.descriptor) input_file_make(&w->file);
  input_file_write(&w->file, "", 0);
  w->out = w->logins ? airbyte_new(w->file.descriptor, w->store, &w->time) : NULL;
  w->stream = w->out ? sink_open(w->out, STREAM, name_space) : NULL;
  MUST(w->stream);
}

void relay_world_free(relay_world *w) {
  sink_free(w->out);
  scheduler_free(w->scheduler);
  rate_headers_free(w->headers);
  logins_free(w->logins);
  http_free(w->client);
  secrets_free(w->store);
  wire_close_all();
}

/* ---- requests */

static unsigned port_of(const wire *w) {
  const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&w->peer;
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&w->peer;
  return ntohs(w->peer.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);
}

static void check_address(const wire *w, bool is_cloud) {
  const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)&w->peer;
  char ip[INET_ADDRSTRLEN];
  MUST(w->peer.ss_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof ip));
  unsigned port = port_of(w);
  bool is_public = strcmp(ip, "203.0.113.7") == 0 && port == 8003;
  MUST(is_public || (!is_cloud && strcmp(ip, "127.0.0.1") == 0 && (port == 8001 || port == 8002)));
}

/* A request's head is lines, of which one names the host that was connected to, and none is another request's. */
static void check_head(const bytes *head, unsigned port, bool may_grant) {
  const char *end = head->data + head->length;
  unsigned hosts = 0;
  for (const char *line = head->data, *stop; line < end; line = stop + 1) {
    stop = memchr(line, '\n', (size_t)(end - line));
    MUST(stop && stop > line && stop[-1] == '\r' && !memchr(line, '\r', (size_t)(stop - 1 - line)));
    if (strncasecmp(line, "Host", 4) == 0 && strchr(": \t", line[4])) {
      hosts++;
      MUST(strtoul(strrchr(strndupa(line, (size_t)(stop - line)), ':') + 1, NULL, 10) == port);
    }
    MUST(strncasecmp(line, "Transfer-Encoding", 17) != 0 && strncasecmp(line, "Connection", 10) != 0);
  }
  MUST(hosts == 1 && head->data[0] != ' ');
  if (may_grant || port != 8001) return;
  size_t method = strcspn(head->data, " ");
  static const char *const safe[] = {"GET", "HEAD", "OPTIONS", "QUERY", "SEARCH", "PROPFIND", "REPORT", NULL};
  const char *const *one = safe;
  while (*one && (strlen(*one) != method || memcmp(*one, head->data, method) != 0)) one++;
  MUST(*one || strncmp(head->data, "POST /token ", 12) == 0);
}

void relay_check_requests(bool may_grant, bool is_cloud) {
  static bytes head;
  for (size_t i = 0; wire_at(i); i++) {
    wire *one = wire_at(i);
    if (!one->peer_length) continue;
    wire_listen(one);
    if (!may_grant) check_address(one, is_cloud);
    if (port_of(one) != 8001) MUST(!one->got.length || !memmem(one->got.data, one->got.length, TOKEN, strlen(TOKEN)));
    while (wire_request(one, &head)) check_head(&head, port_of(one), may_grant);
  }
}

/* ---- lines */

typedef struct reader {
  bytes name; /* {"name":…} without its brace */
  bytes record, state, status, estimate;
  size_t at;      /* in what the child wrote, behind the last value that came out */
  size_t records; /* in all, and since the last state */
  size_t since, states;
  bool runs;
} reader;

static void begin(reader *r, const relay_world *w) {
  *r = (reader){0};
  const char *space = w->name_space ? ",\"namespace\":\"a \\\"space\\\"\"" : "";
  MUST(bytes_printf(&r->name, "{\"name\":\"a stream\"%s", space) &&
       bytes_printf(&r->record, "{\"type\":\"RECORD\",\"record\":{\"stream\":\"a stream\"%s,\"data\":", space) &&
       bytes_printf(&r->state,
                    "{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":%s},"
                    "\"stream_state\":",
                    r->name.data) &&
       bytes_printf(&r->status, "\"stream_status\":{\"stream_descriptor\":%s},\"status\":\"RUNNING\"", r->name.data) &&
       bytes_printf(&r->estimate, "\"estimate\":%s,\"type\":\"STREAM\",\"row_estimate\":", r->name.data));
}

static void end(reader *r) {
  bytes_free(&r->name);
  bytes_free(&r->record);
  bytes_free(&r->state);
  bytes_free(&r->status);
  bytes_free(&r->estimate);
}

static bool starts(const char *line, const bytes *with) {
  return strncmp(line, with->data, with->length) == 0;
}

/* The value between the two is the next one of the child's. */
static void find_value(reader *r, const relay_world *w, const char *from, const char *last) {
  MUST(last && last > from && r->at < w->told.length);
  const char *found = memmem(w->told.data + r->at, w->told.length - r->at, from, (size_t)(last - from));
  MUST(found);
  r->at = (size_t)(found - w->told.data) + (size_t)(last - from);
}

static const char *last_of(const char *line, const char *what) {
  const char *last = NULL;
  for (const char *at = line; (at = strstr(at, what)); at++) last = at;
  return last;
}

static void check_trace(reader *r, const char *line) {
  static const char status[] = "{\"type\":\"TRACE\",\"trace\":{\"type\":\"STREAM_STATUS\",\"emitted_at\":",
                    estimate[] = "{\"type\":\"TRACE\",\"trace\":{\"type\":\"ESTIMATE\",\"emitted_at\":";
  bool is_status = strncmp(line, status, sizeof status - 1) == 0;
  MUST(is_status || strncmp(line, estimate, sizeof estimate - 1) == 0);
  const char *rest = line + (is_status ? sizeof status : sizeof estimate) - 1;
  rest += strspn(rest, "0123456789");
  MUST(strncmp(rest, ".0,", 3) == 0 && starts(rest + 3, is_status ? &r->status : &r->estimate));
  r->runs = r->runs || is_status;
}

static void check_line(reader *r, const relay_world *w, const char *line, size_t length, bool is_stream) {
  json_error error;
  other_json *read;
  MUST(json_valid(line, length, (json_limits){.depth = JSON_MAX_DEPTH}, &error));
  MUST(other_json_read(line, length, &read) != IS_NO_JSON);
  other_json_free(read);
  if (strncmp(line, "{\"type\":\"LOG\",", 14) == 0) {
    MUST(!strstr(line, TOKEN));
    return;
  }
  MUST(is_stream);
  if (starts(line, &r->record)) {
    MUST(r->runs);
    find_value(r, w, line + r->record.length, last_of(line, ",\"emitted_at\":"));
    r->records++, r->since++;
  } else if (starts(line, &r->state)) {
    const char *stats = last_of(line, "},\"sourceStats\":{\"recordCount\":");
    find_value(r, w, line + r->state.length, stats);
    MUST(strtoul(strrchr(stats, ':') + 1, NULL, 10) == r->since);
    r->since = 0, r->states++;
  } else {
    check_trace(r, line);
  }
}

static size_t count_lines(const bytes *of, const bytes *with) {
  size_t count = 0;
  for (size_t at = 0, stop; at < of->length; at = stop + 1) {
    const char *line = of->data + at, *end = memchr(line, '\n', of->length - at);
    if (!end) break;
    stop = (size_t)(end - of->data);
    count += (size_t)(end - line) >= with->length && memcmp(line, with->data, with->length) == 0;
  }
  return count;
}

void relay_check_output(relay_world *w, bool is_stream, bool failed) {
  static bytes all;
  reader r;
  sink_flush(w->out);
  MUST(!sink_broken(w->out));
  input_file_read(&w->file, &all);
  begin(&r, w);
  for (size_t at = 0; at < all.length;) {
    char *line = all.data + at, *stop = memchr(line, '\n', all.length - at);
    MUST(stop && !memchr(line, 0, (size_t)(stop - line)));
    *stop = 0;
    check_line(&r, w, line, (size_t)(stop - line), is_stream);
    at = (size_t)(stop - all.data) + 1;
  }
  if (!failed && is_stream)
    MUST(r.records == count_lines(&w->told, &r.record) && r.states == count_lines(&w->told, &r.state));
  end(&r);
}
