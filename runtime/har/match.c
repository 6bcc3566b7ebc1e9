#include "har/match.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct part {
  const char *start;
  size_t length;
} part;

static size_t path_length(const char *target) {
  return strcspn(target, "?");
}

/* Steps through the parts of a query; `at` starts at its `?`, or at the text's end. */
static bool next_part(const char **at, part *p) {
  if (!**at) return false;
  p->start = *at + 1;
  p->length = strcspn(p->start, "&");
  *at = p->start + p->length;
  return true;
}

static int compare(const void *a, const void *b) {
  const part *x = a, *y = b;
  int order = memcmp(x->start, y->start, x->length < y->length ? x->length : y->length);
  if (order) return order;
  return (x->length > y->length) - (x->length < y->length);
}

/* The parts, sorted; NULL: memory is short. Freed by the caller. */
static part *sorted_parts(const char *query, size_t *count) {
  size_t most = 1;
  for (const char *c = query; *c; c++)
    if (*c == '&') most++;
  part *parts = calloc(most, sizeof *parts);
  *count = 0;
  while (parts && next_part(&query, &parts[*count])) ++*count;
  if (parts) qsort(parts, *count, sizeof *parts, compare);
  return parts;
}

/* Recordings mask secrets by asterisks of the same length: one stands for any sign. */
static bool is_alike(const char *a, const char *b, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (a[i] != b[i] && a[i] != '*' && b[i] != '*') return false;
  return true;
}

/* Reordering changes no length, so most targets are told apart without sorting. */
bool har_match_same(const char *a, const char *b) {
  size_t path = path_length(a), count, other_count;
  if (strlen(a) != strlen(b) || path_length(b) != path || !is_alike(a, b, path)) return false;
  if (is_alike(a + path, b + path, strlen(a + path))) return true;
  part *parts = sorted_parts(a + path, &count), *others = sorted_parts(b + path, &other_count);
  bool same = parts && others && count == other_count;
  for (size_t i = 0; same && i < count; i++)
    same = parts[i].length == others[i].length && is_alike(parts[i].start, others[i].start, parts[i].length);
  free(parts);
  free(others);
  return same;
}

/* Goes back to the last run of asterisks only: what an earlier one took more of would leave the rest no better off. */
bool har_match_payload(const char *recorded, size_t length, const char *payload, size_t payload_length) {
  size_t at = 0, in = 0, after_run = SIZE_MAX, tried = 0;
  while (in < payload_length) {
    if (at < length && recorded[at] == '*') {
      while (at < length && recorded[at] == '*') at++;
      after_run = at;
      tried = in;
    } else if (at < length && recorded[at] == payload[in]) {
      at++, in++;
    } else if (after_run != SIZE_MAX) {
      at = after_run;
      in = ++tried;
    } else {
      return false;
    }
  }
  while (at < length && recorded[at] == '*') at++;
  return at == length;
}

static bool has_part(const char *query, const part *wanted) {
  for (part p; next_part(&query, &p);)
    if (compare(&p, wanted) == 0) return true;
  return false;
}

size_t har_match_likeness(const char *a, const char *b) {
  size_t path = path_length(a), common = 0;
  if (path_length(b) != path || memcmp(a, b, path) != 0) {
    while (common < path && a[common] == b[common]) common++;
    return common;
  }
  const char *query = a + path;
  for (part p; next_part(&query, &p);)
    if (has_part(b + path, &p)) common++;
  return SIZE_MAX / 4 + common;
}
