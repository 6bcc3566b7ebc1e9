#include "json/json.h"

#include <stdint.h>
#include <string.h>

#include "json/json_string.h"

#define NEED_KEY "a key in quotes was expected"
#define NEED_COMMA_OR_BRACE "a comma or } was expected"
#define NEED_COMMA_OR_BRACKET "a comma or ] was expected"

/*
 * A position p may step past `end`, into the padding, by one byte; whoever takes a byte there asks peek(), which
 * says 0, and 0 is no token. So what the padding holds never counts as text.
 */
typedef struct scanner {
  const char *text;
  const char *end;
  bool refused, marked; /* something in the record so far is */
  const char *record;   /* its first byte */
  char *writable;       /* the text, when its line breaks are to become spaces; else NULL */
  unsigned depth;
  unsigned deepest;
  json_error *error;
  uint64_t objects[JSON_MAX_DEPTH / 64]; /* a bit for each open container: it is an object */
} scanner;

static scanner start(const char *text, size_t length, json_limits limits, json_error *error) {
  *error = (json_error){0};
  unsigned deepest = limits.depth < JSON_MAX_DEPTH ? limits.depth : JSON_MAX_DEPTH;
  return (scanner){.text = text, .end = text + length, .deepest = deepest, .error = error};
}

static const char *fail(scanner *s, const char *p, json_code code, const char *reason) {
  *s->error = (json_error){code, (size_t)(p - s->text), reason};
  return NULL;
}

static const char *malformed(scanner *s, const char *p, const char *reason) {
  if (p < s->end) return fail(s, p, JSON_MALFORMED, reason);
  return fail(s, s->end, JSON_MALFORMED, s->text == s->end ? "the text is empty" : "the text ends too early");
}

static inline char peek(const scanner *s, const char *p) {
  return p < s->end ? *p : '\0';
}

static __attribute__((noinline)) const char *skip_long_space(scanner *s, const char *p) {
  for (; p < s->end; p++) {
    if (*p == ' ') continue;
    if (*p != '\n' && *p != '\r' && *p != '\t') break;
    if (s->writable != NULL) s->writable[p - s->text] = ' ';
  }
  return p;
}

static inline const char *skip_space(scanner *s, const char *p) {
  if ((unsigned char)*p > ' ') return p;
  if (*p == ' ' && (unsigned char)p[1] > ' ') return p + 1;
  return skip_long_space(s, p);
}

/* From the byte after the opening quote. Most strings are short and plain: one look at 16 bytes finds their end. */
static inline const char *skip_string(scanner *s, const char *p) {
  const char *quote = p + json_plain(p);
  if (*quote == '"' && quote < s->end) return quote + 1;
  const char *fault = NULL;
  const char *reason = NULL;
  p = json_string_skip(p, s->end, &s->refused, &fault, &reason);
  return p != NULL ? p : fail(s, fault, JSON_MALFORMED, reason);
}

static inline const char *skip_digits(const scanner *s, const char *p) {
  while (p < s->end && *p >= '0' && *p <= '9') p++;
  return p;
}

/* At least one digit, as after a point or an e. */
static const char *need_digits(scanner *s, const char *p) {
  const char *after = skip_digits(s, p);
  return after > p ? after : malformed(s, p, "a digit was expected");
}

static inline const char *skip_number(scanner *s, const char *p) {
  if (*p == '-') p++;
  p = peek(s, p) == '0' ? p + 1 : need_digits(s, p);
  if (p != NULL && peek(s, p) == '.') p = need_digits(s, p + 1);
  if (p == NULL || (peek(s, p) | ' ') != 'e') return p;
  p++;
  if (peek(s, p) == '+' || peek(s, p) == '-') p++;
  return need_digits(s, p);
}

static inline const char *skip_word(scanner *s, const char *p, const char *word, size_t length) {
  if ((size_t)(s->end - p) >= length && memcmp(p, word, length) == 0) return p + length;
  return malformed(s, p, "a value was expected");
}

static inline const char *skip_scalar(scanner *s, const char *p) {
  char c = peek(s, p);
  if (c == '"') return skip_string(s, p + 1);
  if (c == '-' || (c >= '0' && c <= '9')) return skip_number(s, p);
  if (c == 'n') return skip_word(s, p, "null", 4);
  if (c == 't') return skip_word(s, p, "true", 4);
  if (c == 'f') return skip_word(s, p, "false", 5);
  return malformed(s, p, "a value was expected");
}

static inline const char *skip_colon(scanner *s, const char *p) {
  p = skip_space(s, p);
  return peek(s, p) == ':' ? skip_space(s, p + 1) : malformed(s, p, "a colon was expected");
}

static inline const char *skip_key(scanner *s, const char *p) {
  if (peek(s, p) != '"') return malformed(s, p, NEED_KEY);
  p = skip_string(s, p + 1);
  return p != NULL ? skip_colon(s, p) : NULL;
}

static inline bool in_object(const scanner *s) {
  unsigned top = s->depth - 1;
  return s->objects[top / 64] >> (top % 64) & 1;
}

/* Opens the container at p; returns the first byte that is no space in it. */
static inline const char *open_container(scanner *s, const char *p) {
  if (s->depth >= s->deepest) return fail(s, p, JSON_TOO_DEEP, "the nesting is too deep");
  uint64_t bit = (uint64_t)1 << (s->depth % 64);
  uint64_t *word = &s->objects[s->depth / 64];
  *word = *p == '{' ? *word | bit : *word & ~bit;
  s->depth++;
  return skip_space(s, p + 1);
}

/*
 * From a comma in an object to the next value, where there is no white space and the key is short and plain, as in most
 * texts: one test for the text's end in place of five. NULL: it is not so.
 */
static inline const char *skip_plain_key(const scanner *s, const char *p) {
  if (p[0] != ',' || p[1] != '"') return NULL;
  const char *quote = p + 2 + json_plain(p + 2);
  return quote + 2 < s->end && quote[0] == '"' && quote[1] == ':' && (unsigned char)quote[2] > ' ' ? quote + 2 : NULL;
}

/* After a value: closes what ends here, down to the depth `outside`, or goes to the next value. */
static inline const char *skip_after(scanner *s, const char *p, unsigned outside) {
  while (s->depth > outside) {
    bool object = in_object(s);
    const char *next = object ? skip_plain_key(s, p) : NULL;
    if (next) return next;
    p = skip_space(s, p);
    char c = peek(s, p);
    if (c == ',') {
      p = skip_space(s, p + 1);
      return object ? skip_key(s, p) : p;
    }
    if (c != (object ? '}' : ']')) return malformed(s, p, object ? NEED_COMMA_OR_BRACE : NEED_COMMA_OR_BRACKET);
    s->depth--;
    p++;
  }
  return p;
}

/* Validates the value at p, however deep it nests; returns the byte after it. */
static const char *skip_value(scanner *s, const char *p) {
  unsigned outside = s->depth;
  do {
    char c = peek(s, p);
    if (c == '{' || c == '[') {
      p = open_container(s, p);
      if (p == NULL) return NULL;
      if (peek(s, p) != c + 2) { /* in ASCII, the closing bracket is the opening one + 2 */
        if (c == '{') p = skip_key(s, p);
        continue;
      }
    } else {
      p = skip_scalar(s, p);
    }
    if (p != NULL) p = skip_after(s, p, outside);
  } while (p != NULL && s->depth > outside);
  return p;
}

/* Skips what is around a text: nothing but white space may follow its value. */
static bool finish(scanner *s, const char *p) {
  if (p == NULL) return false;
  p = skip_space(s, p);
  if (p >= s->end) return true;
  malformed(s, p, "nothing was expected after the value");
  return false;
}

bool json_valid(const char *text, size_t length, json_limits limits, json_error *error) {
  scanner s = start(text, length, limits, error);
  if (length == 0) return malformed(&s, text, NULL) != NULL;
  return finish(&s, skip_value(&s, skip_space(&s, text)));
}

static inline bool is_named(const char *key, size_t length, const char *name) {
  bool candidate = length == 0 || key[0] == name[0] || key[0] == '\\';
  return candidate && json_string_equal(key, length, name, strlen(name));
}

/* Overwrites what an earlier member of the same name left: of a key that comes twice, the last counts. */
static void note_member(const json_query *query, const char *key, size_t length, json_slice value, json_slice *fields) {
  for (size_t i = 0; i < query->field_count; i++)
    if (is_named(key, length, query->fields[i])) fields[i] = value;
}

static void mark(scanner *s, const json_watch *watch, const char *key, size_t length) {
  for (size_t i = 0; i < watch->count; i++)
    if (is_named(key, length, watch->names[i])) s->marked = true;
}

/* A member's key, without its quotes; returns the first byte of the value. */
static inline const char *split_key(scanner *s, const char *p, const char **key, size_t *length) {
  if (peek(s, p) != '"') return malformed(s, p, NEED_KEY);
  *key = p + 1;
  const char *end = skip_string(s, *key);
  if (end == NULL) return NULL;
  *length = (size_t)(end - 1 - *key);
  return skip_colon(s, end);
}

/* After a member: the next one's key; or, where the object ends, NULL and in `*after` the byte behind it. */
static inline const char *split_next(scanner *s, const char *p, const char **after) {
  p = skip_space(s, p);
  if (peek(s, p) == ',') return skip_space(s, p + 1);
  if (peek(s, p) != '}') return malformed(s, p, NEED_COMMA_OR_BRACE);
  s->depth--;
  *after = p + 1;
  return NULL;
}

/* Opens an object; as split_next. */
static inline const char *split_first(scanner *s, const char *p, const char **after) {
  p = open_container(s, p);
  if (p == NULL || peek(s, p) != '}') return p;
  s->depth--;
  *after = p + 1;
  return NULL;
}

/* An object that is a record's member; returns the byte after it. */
static const char *split_inner(scanner *s, const char *p, const json_watch *watch) {
  const char *after = NULL, *key;
  size_t length;
  for (p = split_first(s, p, &after); p != NULL; p = split_next(s, p, &after)) {
    p = split_key(s, p, &key, &length);
    if (p == NULL) return NULL;
    mark(s, watch, key, length);
    p = skip_value(s, p);
    if (p == NULL) return NULL;
  }
  return after;
}

static void note_entry(scanner *s, json_rows *rows, const char *key, size_t length, const char *value,
                       const char *end) {
  if ((size_t)(end - s->record) > UINT32_MAX) rows->has_entries = false;
  json_rows_note(rows, (json_entry){(uint32_t)(key - 1 - s->record), (uint32_t)length + 2,
                                    (uint32_t)(value - s->record), (uint32_t)(end - value)});
}

/* One member of a record; returns the byte after its value. */
static const char *split_member(scanner *s, const char *p, const json_query *query, json_rows *rows,
                                json_slice *fields) {
  const char *key;
  size_t length;
  const char *value = split_key(s, p, &key, &length);
  if (value == NULL) return NULL;
  const json_watch *watch = query->watch;
  p = watch && watch->count && *value == '{' ? split_inner(s, value, watch) : skip_value(s, value);
  if (p == NULL) return NULL;
  note_member(query, key, length, (json_slice){(size_t)(value - s->text), (size_t)(p - value)}, fields);
  if (!watch) return p;
  mark(s, watch, key, length);
  note_entry(s, rows, key, length, value, p);
  return p;
}

static const char *split_record(scanner *s, const char *p, const json_query *query, json_rows *rows,
                                json_slice *fields) {
  const char *after = NULL;
  for (p = split_first(s, p, &after); p != NULL; p = split_next(s, p, &after)) {
    p = split_member(s, p, query, rows, fields);
    if (p == NULL) return NULL;
  }
  return after;
}

/* Appends the record at p to the rows; returns the byte after it. */
static const char *add_row(scanner *s, const char *p, const json_query *query, json_rows *rows) {
  if (peek(s, p) != '{') return fail(s, p, JSON_NOT_ROWS, "a record must be an object");
  if (query->limits.rows > 0 && rows->count == query->limits.rows)
    return fail(s, p, JSON_TOO_MANY, "the page has too many records; ask for smaller pages");
  if (!json_rows_room(rows, query->limits.rows)) return fail(s, p, JSON_NO_MEMORY, "out of memory");
  json_slice *fields = rows->field_count > 0 ? rows->fields + rows->count * rows->field_count : NULL;
  for (size_t i = 0; i < rows->field_count; i++) fields[i] = (json_slice){0};
  s->record = p;
  const char *after = split_record(s, p, query, rows, fields);
  if (after == NULL) return NULL;
  size_t length = (size_t)(after - p);
  if (query->limits.record > 0 && length > query->limits.record)
    return fail(s, p, JSON_TOO_LARGE, "the record is larger than the limit");
  uint64_t bit = (uint64_t)1 << rows->count % 64;
  if (s->refused) rows->refused |= bit;
  if (s->marked) rows->marked |= bit;
  s->refused = s->marked = false;
  if (rows->has_entries) rows->entry_ends[rows->count] = rows->entry_count;
  rows->rows[rows->count++] = (json_slice){(size_t)(p - s->text), length};
  return after;
}

/* An element of the array: a record, or null in its place; returns the byte after it. */
static const char *add_element(scanner *s, const char *p, const json_query *query, json_rows *rows) {
  if (peek(s, p) != 'n') return add_row(s, p, query, rows);
  rows->nulls++;
  return skip_value(s, p);
}

static const char *split_array(scanner *s, const char *p, const json_query *query, json_rows *rows) {
  if (peek(s, p) != '[') return fail(s, p, JSON_NOT_ROWS, "an array of records was expected");
  p = open_container(s, p);
  if (p != NULL && peek(s, p) == ']') {
    s->depth--;
    return p + 1;
  }
  while (p != NULL) {
    p = add_element(s, p, query, rows);
    if (p == NULL) return NULL;
    p = skip_space(s, p);
    if (peek(s, p) == ']') {
      s->depth--;
      return p + 1;
    }
    p = peek(s, p) == ',' ? skip_space(s, p + 1) : malformed(s, p, NEED_COMMA_OR_BRACKET);
  }
  return NULL;
}

static bool split(scanner *s, const json_query *query, json_rows *rows) {
  if (!json_rows_clear(rows, query->field_count, query->watch != NULL))
    return fail(s, s->text, JSON_NO_MEMORY, "out of memory") != NULL;
  if (s->text == s->end) return malformed(s, s->text, NULL) != NULL;
  const char *p = skip_space(s, s->text);
  return finish(s, query->single ? add_row(s, p, query, rows) : split_array(s, p, query, rows));
}

bool json_split(char *text, size_t length, const json_query *query, json_rows *rows, json_error *error) {
  scanner s = start(text, length, query->limits, error);
  s.writable = text;
  if (split(&s, query, rows)) return true;
  rows->count = 0;
  /* Callers look into a text that is not rows, for the server's message: that is safe in valid JSON only. */
  json_error deeper;
  if (error->code == JSON_NOT_ROWS && !json_valid(text, length, query->limits, &deeper)) *error = deeper;
  return false;
}

bool json_split_part(char *text, json_slice part, const json_query *query, json_rows *rows, json_error *error) {
  scanner s = start(text, part.start + part.length, query->limits, error);
  s.writable = text;
  const char *p = text + part.start;
  return (*p == '[' ? split_array(&s, p, query, rows) : add_element(&s, p, query, rows)) != NULL;
}
