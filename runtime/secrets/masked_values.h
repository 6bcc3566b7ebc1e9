/*
 * A set of values that no text for people may hold, found in one pass over a text however many they are (an automaton
 * of Aho and Corasick). The values lie in it as they are: freeing overwrites them.
 */
#ifndef PERIGEE_MASKED_VALUES_H
#define PERIGEE_MASKED_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct masked_values masked_values;

masked_values *masked_values_new(void);    /* NULL: memory is short */
void masked_values_free(masked_values *m); /* NULL is allowed */

/* Adds a value, copied; `id` comes back with each place of it, the first one's for equal values. False: memory is
 * short. */
bool masked_values_add(masked_values *m, const char *value, size_t length, uint32_t id);

/* How many bytes of values it holds; those that values begin with alike count once. */
size_t masked_values_size(const masked_values *m);

/* A place in a text. Values that overlap are one place, with the longest one's id. */
typedef struct masked_place {
  size_t start, length;
  uint32_t id, depth;
} masked_place;

typedef struct masked_search {
  masked_values *in;
  const char *text;
  size_t length, at, fed;
  uint32_t state;
  bool spelled;
  masked_place found;
} masked_search;

/*
 * Begins a search, one at a time in each set: `masked_search s = masked_values_search(…)`, then call masked_values_next
 * until it returns false; places come in order. `spelled` finds values with any of their characters percent-encoded or
 * as escapes of JSON; without it bytes stand for themselves, so a text with escapes is searched both ways.
 */
masked_search masked_values_search(masked_values *m, const char *text, size_t length, bool spelled);
bool masked_values_next(masked_search *s, masked_place *place);

/* Is there an escape, for which the spelled search is worth it? */
bool masked_values_may_be_spelled(const char *text, size_t length);

/* Overwrites all of them by asterisks, whichever way they stand there; returns how many places. */
size_t masked_values_overwrite(masked_values *m, char *text, size_t length);

#endif
