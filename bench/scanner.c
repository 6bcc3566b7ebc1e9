/*
 * scanner SECONDS FILE...: how fast json_split goes over pages. Splits each file as a page of events is split when it
 * is read, again and again for so much of processor time, and prints JSON: bytes a second, the median and the best of
 * the rounds.
 */
#include "base/files.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_PAGES 256
#define MOST_ROUNDS 10000
#define PAGE_LIMIT ((size_t)64 << 20)

static const char *const fields[] = {"dateCreated", "dateReceived", "id"};
static const json_query query = {.fields = fields, .field_count = 3, .limits = {.depth = 256}};

/* Of this process alone: what else the machine does must not count. */
static double seconds_used(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b) {
  const double *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* Bytes a second over all pages once; 0 where a page is wrong. */
static double round_of(const bytes *pages, size_t count, json_rows *rows, size_t *records) {
  size_t length = 0;
  double began = seconds_used();
  *records = 0;
  for (size_t i = 0; i < count; i++) {
    json_error error;
    if (!json_split(pages[i].data, pages[i].length, &query, rows, &error))
      return fprintf(stderr, "%s\n", error.reason), 0;
    length += pages[i].length;
    *records += rows->count;
  }
  return (double)length / (seconds_used() - began);
}

static void measure(const bytes *pages, size_t count, double seconds) {
  static double rounds[MOST_ROUNDS];
  json_rows rows = {0};
  size_t done = 0, records = 0;
  double until = seconds_used() + seconds;
  round_of(pages, count, &rows, &records); /* warms the caches, and lets `rows` grow */
  do rounds[done] = round_of(pages, count, &rows, &records);
  while (rounds[done++] > 0 && done < MOST_ROUNDS && seconds_used() < until);
  json_rows_free(&rows);
  qsort(rounds, done, sizeof *rounds, ascending);
  printf("{\"median\":%.0f,\"best\":%.0f,\"rounds\":%zu,\"records\":%zu}\n", rounds[done / 2], rounds[done - 1], done,
         records);
}

int main(int argc, char **argv) {
  static bytes pages[MOST_PAGES];
  size_t count = 0;
  for (int i = 2; i < argc && count < MOST_PAGES; i++, count++) {
    const char *why = files_read(&pages[count], argv[i], PAGE_LIMIT);
    if (why) return fprintf(stderr, "%s: %s\n", argv[i], why), 1;
  }
  if (count == 0) return fprintf(stderr, "usage: scanner SECONDS FILE...\n"), 2;
  measure(pages, count, strtod(argv[1], NULL));
  while (count > 0) bytes_free(&pages[--count]);
  return 0;
}
