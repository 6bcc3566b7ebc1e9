/*
 * Looking into JSON text that json_valid has accepted, without decoding it whole: members, elements, strings;
 * and writing pieces of JSON. Slices point into the text given; nothing here allocates but the writers.
 */
#ifndef PERIGEE_JSON_VALUE_H
#define PERIGEE_JSON_VALUE_H

#include "base/bytes.h"
#include "json/json.h"

typedef enum json_type {
  JSON_ABSENT,
  JSON_NULL,
  JSON_FALSE,
  JSON_TRUE,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT
} json_type;

/* The type of the value at a slice. */
json_type json_type_of(const char *text, json_slice value);

/* The whole text as a slice, without the white space around it. */
json_slice json_root(const char *text, size_t length);

/*
 * Steps through an array or object: start with `json_iterator it = json_iterate(text, container)`, then call
 * json_next until it returns false. For an object `key` is the slice of the key, its quotes included.
 */
typedef struct json_iterator {
  const char *text;
  size_t at;
  size_t end;
  json_slice key;
  json_slice value;
} json_iterator;
json_iterator json_iterate(const char *text, json_slice container);
bool json_next(json_iterator *it);

/*
 * The token at or after *at, which moves past it; for what reads a text once from its start to its end. The text need
 * not be valid: nothing outside of it is read, and each call moves on. False: no token is left, or a string does not
 * end.
 */
typedef struct json_token {
  char sign;        /* its first byte: one of []{},:" or that of a number, of a word, or of what is no JSON */
  json_slice slice; /* a string's quotes included */
} json_token;
bool json_next_token(const char *text, size_t length, size_t *at, json_token *token);

/* The value of an object's member (the last, when the key comes twice); absent when it is not there or no object. */
json_slice json_member(const char *text, json_slice object, const char *name);

json_slice json_find_member(const char *text, json_slice object, const char *name, size_t length);

/* Is this UTF-8 (RFC 3629)? */
bool json_is_utf8(const char *text, size_t length);

/* Is this string slice (quotes included, escapes understood) this name? */
bool json_string_is(const char *text, json_slice string, const char *name, size_t length);

/*
 * Appends the string's characters, unescaped, as UTF-8. A lone surrogate escape cannot be UTF-8: it becomes U+FFFD.
 * False: memory is short.
 */
bool json_unescape(const char *text, json_slice string, bytes *out);

/* Appends a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD; control characters are escaped. False:
 * memory is short. */
bool json_quote(bytes *out, const char *data, size_t length);

/* Appends a finite number in the shortest form that reads back as the same, and as no integer. False: memory is short.
 */
bool json_write_float(bytes *out, double number);

#endif
