#include "http/http_response.h"

#include "base/charset.h"
#include "http/inflate.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

http_header_iterator http_iterate_headers(const bytes *lines) {
  return (http_header_iterator){.at = lines->data, .end = lines->data ? lines->data + lines->length : NULL};
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static size_t trimmed(const char **from, const char *end) {
  while (*from < end && is_blank(**from)) ++*from;
  while (end > *from && is_blank(end[-1])) end--;
  return (size_t)(end - *from);
}

/* Splits one line; false: it holds no header. */
static bool read_line(const char *line, size_t length, http_header *h) {
  const char *colon = length ? memchr(line, ':', length) : NULL;
  if (!colon || is_blank(*line) || (length > 5 && memcmp(line, "HTTP/", 5) == 0)) return false;
  h->name = line;
  h->value = colon + 1;
  h->name_length = trimmed(&h->name, colon);
  h->value_length = trimmed(&h->value, line + length);
  return h->name_length > 0;
}

bool http_next_header(http_header_iterator *it, http_header *header) {
  while (it->at < it->end) {
    const char *line = it->at, *stop = memchr(line, '\n', (size_t)(it->end - line));
    it->at = stop ? stop + 1 : it->end;
    if (read_line(line, (size_t)((stop ? stop : it->end) - line), header)) return true;
  }
  return false;
}

bool http_header_is(const http_header *header, const char *name) {
  return strlen(name) == header->name_length && strncasecmp(header->name, name, header->name_length) == 0;
}

bool http_find_header(const http_exchange *x, const char *name, const char **value, size_t *length) {
  http_header header;
  http_header_iterator it = http_iterate_headers(&x->headers);
  while (http_next_header(&it, &header)) {
    if (!http_header_is(&header, name)) continue;
    *value = header.value;
    *length = header.value_length;
    return true;
  }
  return false;
}

bool http_join_headers(const http_exchange *x, const char *name, bytes *out, bool *found) {
  http_header header;
  *found = false;
  http_header_iterator it = http_iterate_headers(&x->headers);
  while (http_next_header(&it, &header)) {
    if (!http_header_is(&header, name)) continue;
    if ((*found && !bytes_text(out, ", ")) || !bytes_append(out, header.value, header.value_length)) return false;
    *found = true;
  }
  return true;
}

bool http_parse_date(const char *text, size_t length, int64_t *us) {
  char copy[64] = "";
  if (length >= sizeof copy) return false;
  memcpy(copy, text, length);
  time_t seconds = curl_getdate(copy, NULL);
  *us = (int64_t)seconds * 1000000;
  return seconds != -1;
}

static http_text without_text(http_code code, const char *message) {
  http_text t = {.code = code};
  (void)snprintf(t.message, sizeof t.message, "%s", message);
  return t;
}

static http_text inflated(const http_exchange *x, bytes *scratch) {
  switch (inflate_gzip(x->body.data, x->body.length, x->common->limits.max_body, scratch)) {
  case INFLATE_OK: return (http_text){.text = scratch};
  case INFLATE_TOO_LARGE: return without_text(HTTP_TOO_LARGE, "the response inflates beyond the limit for a body");
  case INFLATE_NO_MEMORY: return without_text(HTTP_FAILED, "memory is short");
  default: return without_text(HTTP_CORRUPT, "the response's gzip is cut or corrupt");
  }
}

static bool is_word(const char *text, size_t length, const char *word) {
  return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* An empty body has no zero byte behind it, and this text has. */
static http_text empty(bytes *scratch) {
  bytes_clear(scratch);
  return bytes_append(scratch, "", 0) ? (http_text){.text = scratch} : without_text(HTTP_FAILED, "memory is short");
}

/* A list (RFC 9110, 8.4 and 5.6.1), of which one may be gzip, also by its older name; empty members say nothing. */
static bool is_known_encoding(const char *list, bool *is_gzip) {
  for (const char *at = list; *at; at += *at == ',') {
    at += strspn(at, " \t");
    size_t length = strcspn(at, ","), word = length;
    while (word && is_blank(at[word - 1])) word--;
    bool gzip = is_word(at, word, "gzip") || is_word(at, word, "x-gzip");
    if ((gzip && *is_gzip) || (!gzip && word && !is_word(at, word, "identity"))) return false;
    *is_gzip = *is_gzip || gzip;
    at += length;
  }
  return true;
}

static bool ends_in(const char *text, size_t length, const char *ending) {
  size_t of = strlen(ending);
  return length >= of && is_word(text + length - of, of, ending);
}

bool http_is_gzip_file(const http_exchange *x) {
  const char *value;
  size_t length;
  if (http_find_header(x, "Content-Type", &value, &length)) {
    const char *end = memchr(value, ';', length);
    if (end) length = (size_t)(end - value);
    while (length && value[length - 1] == ' ') length--;
    if (is_word(value, length, "application/gzip") || is_word(value, length, "application/x-gzip")) return true;
  }
  return ends_in(x->url.data, strcspn(x->url.data, "?#"), ".gz");
}

http_text http_body_as_sent(const http_exchange *x, bool *is_gzip) {
  bytes encodings = {0};
  bool found;
  *is_gzip = false;
  http_text t = {.text = &x->body};
  if (!http_join_headers(x, "Content-Encoding", &encodings, &found) || !bytes_append(&encodings, "", 1)) {
    t = without_text(HTTP_FAILED, "memory is short");
  } else if (!is_known_encoding(encodings.data, is_gzip)) {
    *is_gzip = false;
    t = (http_text){.code = HTTP_CORRUPT};
    (void)snprintf(t.message, sizeof t.message, "the response is encoded as %.40s, which was not asked for",
                   encodings.data);
  }
  bytes_free(&encodings);
  return t;
}

/* A byte order mark may stand before a text, and says nothing of UTF-8 (RFC 8259, 8.1). */
static http_text without_mark(http_text t, bytes *scratch) {
  if (!t.text || t.text->length < 3 || memcmp(t.text->data, "\xEF\xBB\xBF", 3) != 0) return t;
  if (t.text != scratch) {
    bytes_clear(scratch);
    if (!bytes_append(scratch, t.text->data, t.text->length)) return without_text(HTTP_FAILED, "memory is short");
  }
  bytes_drop_front(scratch, 3, SIZE_MAX);
  return (http_text){.text = scratch};
}

/* XML and HTML say their encoding themselves. */
static bool is_markup(const bytes *t) {
  size_t mark = charset_is_marked(t->data, t->length) ? 2 : 0;
  return t->length > mark + 1 && (t->data[mark] == '<' || (!t->data[mark] && t->data[mark + 1] == '<'));
}

static bool is_gzip_file(const bytes *t) {
  return t->length > 1 && memcmp(t->data, "\x1f\x8b", 2) == 0;
}

/* In UTF-8, whatever the server sends. */
static http_text in_utf8(const http_exchange *x, http_text t, bytes *scratch) {
  const char *type, *wrong;
  size_t length;
  if (!t.text || is_markup(t.text) || is_gzip_file(t.text)) return t;
  charset_reader reader = {0};
  if (http_find_header(x, "Content-Type", &type, &length)) reader.said = charset_of_type(type, length);
  bool other = reader.said != CHARSET_UTF8 || charset_is_marked(t.text->data, t.text->length);
  if (!other) return without_mark(t, scratch);
  bytes out = {0};
  if (charset_read(&reader, t.text->data, t.text->length, true, &out, &wrong) == SIZE_MAX) {
    bytes_free(&out);
    return without_text(HTTP_CORRUPT, wrong);
  }
  bytes_free(scratch);
  *scratch = out;
  return without_mark((http_text){.text = scratch}, scratch);
}

http_text http_body(const http_exchange *x, bytes *scratch) {
  bool is_gzip;
  if (x->dropped)
    return without_text(HTTP_FAILED,
                        "the response's body was freed when its page was closed or refused; response:keep() keeps it");
  if (!x->body.length) return empty(scratch);
  http_text sent = http_body_as_sent(x, &is_gzip);
  return in_utf8(x, is_gzip ? inflated(x, scratch) : sent, scratch);
}

void http_drop_body(http_exchange *x) {
  bytes_free(&x->body);
  x->dropped = true;
}
