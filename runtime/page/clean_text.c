#include "page/clean_text.h"

#include "json/json_string.h"

#include <string.h>

#define ESCAPE_SIZE 6 /* \uXXXX */

static const char replacement[ESCAPE_SIZE] = {'\\', 'u', 'f', 'f', 'f', 'd'};

/* The next `\u` of accepted text, or `end`; BYTES_PADDING bytes behind the end are readable. */
static const char *find_unicode(const char *p, const char *end) {
#ifdef __SSE2__
  const __m128i backslash = _mm_set1_epi8('\\'), letter = _mm_set1_epi8('u');
  for (; p < end; p += 16) {
    __m128i here = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
    int found = _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(here, backslash), _mm_cmpeq_epi8(next, letter)));
    if (!found) continue;
    p += __builtin_ctz((unsigned)found);
    return p < end ? p : end;
  }
  return end;
#else
  p = memmem(p, (size_t)(end - p), "\\u", 2);
  return p ? p : end;
#endif
}

/* Is this backslash itself escaped? An odd number of others stands before it. */
static bool is_escaped(const char *start, const char *p) {
  size_t before = 0;
  while (p - before > start && p[-1 - (ptrdiff_t)before] == '\\') before++;
  return before % 2 == 1;
}

/* The next escape that is refused, or `end`. */
static const char *find_refused(const char *start, const char *p, const char *end) {
  while ((p = find_unicode(p, end)) < end) {
    json_escape read = json_escape_read(p, (size_t)(end - p));
    bool escaped = is_escaped(start, p);
    if (!escaped && json_escape_is_refused(p, read)) return p;
    p += escaped ? 2 : read.taken;
  }
  return end;
}

/* The record as it may be changed: what a hook made of it already is ours; else a copy that goes out in its place. */
static char *own(page *p, size_t row, const char *record, size_t length) {
  json_slice slice;
  bool edited = p->edited && p->edited[row].length;
  if (!edited && !(page_open_hooks(p) && page_replace(p, row, record, length))) return NULL;
  page_record(p, row, &slice);
  return p->edits.data + slice.start;
}

/* From the first one on. */
static bool replace_all(page *p, size_t row, const char *record, size_t first, size_t length) {
  char *copy = own(p, row, record, length);
  if (!copy) return false;
  const char *end = copy + length;
  for (char *at = copy + first; at < end; at = copy + (find_refused(copy, at + ESCAPE_SIZE, end) - copy))
    memcpy(at, replacement, ESCAPE_SIZE);
  return true;
}

/* The scan of the page saw whether there is anything to look for; not of what a hook made. */
static bool may_hold_refused(const page *p, size_t row) {
  return (p->rows.refused >> row % 64 & 1) || (p->edited && p->edited[row].length);
}

bool page_clean_text(page *p, bool replace, size_t *count) {
  *count = 0;
  for (size_t row = 0; row < p->rows.count; row++) {
    if (!page_goes_out(p, row) || !may_hold_refused(p, row)) continue;
    json_slice slice;
    const char *record = page_record(p, row, &slice) + slice.start, *end = record + slice.length;
    const char *first = find_refused(record, record, end);
    if (first == end) continue;
    ++*count;
    if (replace && !replace_all(p, row, record, (size_t)(first - record), slice.length)) return false;
  }
  return true;
}
