/* A second opinion on JSON, that of Jansson, under names of its own: its header and ours cannot stand together. */
#ifndef PERIGEE_FUZZ_OTHER_JSON_H
#define PERIGEE_FUZZ_OTHER_JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef struct other_json other_json; /* a value that it read; freed by other_json_free */

/* A zero byte is none of JSON. It knows no half surrogate pairs, no \u0000 in a name, and no numbers that neither a
 * double nor 64 bits hold: of these it has no opinion. */
typedef enum opinion { IS_JSON, IS_NO_JSON, IS_UNKNOWN } opinion;

opinion other_json_read(const char *text, size_t length, other_json **value);
void other_json_free(other_json *value);

/* The elements of an array that has nothing but objects and nulls; SIZE_MAX: it is something else. */
size_t other_json_rows(const other_json *value, size_t *nulls);
bool other_json_is_object(const other_json *value);

/* A new value: the object without this member; and, unless `set` is NULL, with this one. NULL: the name is no UTF-8. */
other_json *other_json_with(const other_json *object, const char *name, size_t length, const other_json *set);
bool other_json_has(const other_json *object, const char *name);
bool other_json_equal(const other_json *a, const other_json *b);

#endif
