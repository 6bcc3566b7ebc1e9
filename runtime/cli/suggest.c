#include "cli/suggest.h"

#include <string.h>

#define LONGEST 40 /* bytes of a word or name that is compared */

static size_t least(size_t a, size_t b, size_t c) {
  size_t smaller = a < b ? a : b;
  return smaller < c ? smaller : c;
}

/* Levenshtein's distance, with one row of memory. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t row[LONGEST + 1];
  for (size_t j = 0; j <= b_length; j++) row[j] = j;
  for (size_t i = 1; i <= a_length; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b_length; j++) {
      size_t above = row[j];
      row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[b_length];
}

const char *suggest_nearest(const char *word, size_t length, const char *const *names, size_t count) {
  const char *best = NULL;
  size_t fewest = length < 2 ? 0 : 1 + (length > 3) * (length / 3);
  if (length > LONGEST) return NULL;
  for (size_t i = 0; i < count; i++) {
    size_t named = strlen(names[i]);
    size_t changes = named > LONGEST ? LONGEST : distance(word, length, names[i], named);
    if (changes > fewest || (best && changes == fewest)) continue;
    best = names[i];
    fewest = changes;
  }
  return best;
}
