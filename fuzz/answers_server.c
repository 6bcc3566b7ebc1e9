#include "answers.h"

#include "input.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* What is under way on each connection, by its number: an answer from `at` on, behind which it is closed or kept. */
typedef struct sending {
  bytes text;
  size_t at;
  bool closes;
} sending;
static sending under_way[WIRE_MOST];

void answers_row(unsigned number, bytes *out) {
  static const char *const notes[] = {"\"a\"", "null", "\"\\ud83d\\ude00 \xF0\x9F\x98\x80\"", "[{}, 1.50, 1e400]",
                                      "{\"id\":\"0\",\"dateCreated\":null}"};
  MUST(bytes_printf(out, "{\"id\":\"%u\",\"dateCreated\":\"2025-12-%02uT00:00:00.%06uZ\",\"note\":%s}", number,
                    1 + number * 7 % 28, number, notes[number % COUNT(notes)]));
}

/* ---- a page, as Sentry gives it */

static unsigned cursor_of(const bytes *head) {
  const char *at = strstr(head->data, "cursor=0");
  if (!at) return 0;
  at += strlen("cursor=0");
  at += strncmp(at, "%3A", 3) == 0 ? 3 : 1;
  return (unsigned)strtoul(at, NULL, 10);
}

static void write_page(const answers *a, unsigned from, bytes *body, bytes *link) {
  unsigned end = from + a->page < a->rows ? from + a->page : a->rows;
  MUST(bytes_text(body, "["));
  for (unsigned i = from; i < end; i++) {
    if (i > from) MUST(bytes_text(body, ","));
    answers_row(i, body);
  }
  MUST(bytes_text(body, "]"));
  MUST(bytes_printf(link,
                    "Link: <http://127.0.0.1:8001/api/0/organizations/acme/teams/?cursor=0:0:1>; rel=\"previous\"; "
                    "results=\"false\"; cursor=\"0:0:1\", "
                    "<http://127.0.0.1:8001/api/0/organizations/acme/teams/?cursor=0:%u:0>; rel=\"next\"; "
                    "results=\"%s\"; cursor=\"0:%u:0\"\r\n",
                    end, end < a->rows ? "true" : "false", end));
}

static void pack(bytes *body) {
  z_stream z = {0};
  unsigned char packed[65536];
  MUST(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_in = (unsigned char *)body->data, z.avail_in = (unsigned)body->length;
  z.next_out = packed, z.avail_out = sizeof packed;
  MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
  bytes_clear(body);
  MUST(bytes_append(body, packed, sizeof packed - z.avail_out));
  deflateEnd(&z);
}

static void chunk(const bytes *body, size_t size, bytes *out) {
  for (size_t at = 0; at < body->length; at += size) {
    size_t length = body->length - at < size ? body->length - at : size;
    MUST(bytes_printf(out, "%zX;x=\"y\"\r\n", length) && bytes_append(out, body->data + at, length) &&
         bytes_text(out, "\r\n"));
  }
  MUST(bytes_text(out, "0\r\nLink: <x>; rel=\"next\"; results=\"true\"\r\n\r\n"));
}

/* ---- what goes wrong */

static const char *const headers[] = {"Content-Type: text/html\r\n",
                                      "Content-Length: 7\r\n",
                                      "Content-Length: \r\n",
                                      "Transfer-Encoding: identity\r\n",
                                      "Transfer-Encoding: chunked, gzip\r\n",
                                      "Content-Encoding: gzip\r\n",
                                      "Content-Encoding: br\r\n",
                                      "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
                                      "Date: yesterday\r\n",
                                      "Retry-After: 7\r\n",
                                      "X-Sentry-Rate-Limit-Limit: 1\r\nX-Sentry-Rate-Limit-Remaining: 0\r\n"
                                      "X-Sentry-Rate-Limit-Reset: 1767225660\r\n",
                                      "X-Sentry-Rate-Limit-ConcurrentLimit: 0\r\n",
                                      "X: \xFF\x01\r\n y\r\n\tz\r\n",
                                      "X-Hits: 18446744073709551616\r\n",
                                      "no header\r\n",
                                      ": \r\n",
                                      "Link: <>; rel=\"prev\"\r\n",
                                      "Location: /api/0/\r\n"};
static const char *const statuses[] = {"500 No", "502 No", "503 No", "504 No", "429 No", "408 No", "403 No",
                                       "404 No", "401 No", "400 No", "204 No", "206 No", "304 No", "302 No"};
static const char *const bodies[] = {"",     "<html>", "{\"detail\":\"no\"}", "[", "[]x", "{}", "[1]",
                                     "null", "[{}",    "\xEF\xBB\xBF[]"};

/* How one answer is not as it should be; all zero: it is. */
typedef struct fault {
  unsigned kind, size;
} fault;
enum {
  CUT_HEAD = 4,
  CUT_BODY,
  CUT_CHUNKS,
  CHUNKS,
  UNTIL_CLOSE,
  CUT_CLOSE,
  GZIP,
  CUT_GZIP,
  STATUS,
  HEADER,
  BODY,
  INTERIM
};

static void cut(bytes *text, size_t from, unsigned size) {
  size_t length = text->length - from;
  if (length) text->length = from + size % length;
  MUST(bytes_append(text, "", 0));
}

/* The body, and how its length is told. */
static void write_body(fault f, bytes *body, bytes *out) {
  if (f.kind == GZIP || f.kind == CUT_GZIP) pack(body), MUST(bytes_text(out, "Content-Encoding: gzip\r\n"));
  if (f.kind == CUT_GZIP) cut(body, 0, f.size);
  bool chunked = f.kind == CHUNKS || f.kind == CUT_CHUNKS;
  if (chunked)
    MUST(bytes_text(out, "Transfer-Encoding: chunked\r\n\r\n"));
  else if (f.kind == UNTIL_CLOSE || f.kind == CUT_CLOSE)
    MUST(bytes_text(out, "\r\n"));
  else
    MUST(bytes_printf(out, "Content-Length: %zu\r\n\r\n", body->length));
  size_t head = out->length;
  if (chunked)
    chunk(body, f.size % 64 + 1, out);
  else
    MUST(bytes_append(out, body->data, body->length));
  if (f.kind == CUT_BODY || f.kind == CUT_CHUNKS || f.kind == CUT_CLOSE) cut(out, head, f.size);
}

static void write_answer(const answers *a, const bytes *head, fault f, sending *to) {
  static bytes body, link;
  bytes_clear(&body);
  bytes_clear(&link);
  write_page(a, cursor_of(head), &body, &link);
  if (f.kind == BODY) bytes_clear(&body), MUST(bytes_text(&body, bodies[f.size % COUNT(bodies)]));
  if (f.kind == INTERIM) MUST(bytes_text(&to->text, "HTTP/1.1 103 Early\r\nLink: <x>; rel=\"next\"\r\n\r\n"));
  MUST(bytes_printf(&to->text, "HTTP/1.1 %s\r\n%s", f.kind == STATUS ? statuses[f.size % COUNT(statuses)] : "200 OK",
                    link.data));
  if (f.kind == HEADER) MUST(bytes_text(&to->text, headers[f.size % COUNT(headers)]));
  write_body(f, &body, &to->text);
  if (f.kind == CUT_HEAD) cut(&to->text, 0, f.size);
  to->closes = f.kind == CUT_HEAD || f.kind == CUT_BODY || f.kind == CUT_CHUNKS || f.kind == UNTIL_CLOSE ||
               f.kind == CUT_CLOSE || f.size & 1;
}

/* ---- the input's own answers */

static void write_raw(answers *a, sending *to) {
  static const char none[] = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
  const uint8_t *mark = a->size ? memmem(a->data, a->size, ANSWERS_MARK, ANSWERS_MARK_SIZE) : NULL;
  size_t length = mark ? (size_t)(mark - a->data) : a->size;
  to->closes = true;
  if (!a->size) {
    MUST(bytes_text(&to->text, none));
    return;
  }
  MUST(bytes_append(&to->text, a->data, length));
  length += mark ? ANSWERS_MARK_SIZE : 0;
  a->data += length;
  a->size -= length;
}

/* ---- the server */

static void begin(answers *a, const bytes *head, sending *to) {
  bytes_clear(&to->text);
  to->at = 0;
  if (a->raw) {
    write_raw(a, to);
    return;
  }
  fault f = {.kind = input_choice(&a->data, &a->size) % 16};
  if (f.kind >= CUT_HEAD) f.size = input_choice(&a->data, &a->size);
  write_answer(a, head, f, to);
}

static void go_on(const answers *a, wire *w, sending *to) {
  size_t left = to->text.length - to->at, length = a->piece && a->piece < left ? a->piece : left;
  wire_send(w, to->text.data + to->at, length);
  to->at += length;
  if (to->at < to->text.length) return;
  w->answered++;
  if (to->closes || w->has_ended) wire_close(w);
}

void answers_serve(answers *a) {
  static bytes head;
  for (size_t i = 0; wire_at(i); i++) {
    wire *w = wire_at(i);
    if (w->far < 0) continue;
    wire_listen(w);
    if (w->answered < w->asked)
      go_on(a, w, &under_way[i]);
    else if (wire_request(w, &head))
      begin(a, &head, &under_way[i]);
    else if (w->has_ended)
      wire_close(w);
  }
}
