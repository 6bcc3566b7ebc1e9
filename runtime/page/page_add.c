#include "page/page_add.h"

#include "json/json_value.h"

#include <string.h>

typedef struct additions {
  const char *text;
  json_slice names[PAGE_MAX_ADDED],
      members[PAGE_MAX_ADDED]; /* a member reaches from its name to the end of its value */
  size_t count;
} additions;

static additions read_additions(const char *text, json_slice added) {
  additions a = {.text = text};
  for (json_iterator it = json_iterate(text, added); a.count < PAGE_MAX_ADDED && json_next(&it);) {
    a.names[a.count] = it.key;
    a.members[a.count++] = (json_slice){it.key.start, it.value.start + it.value.length - it.key.start};
  }
  return a;
}

static unsigned find_names(const additions *a, const char *text, json_slice name) {
  unsigned found = 0;
  for (size_t i = 0; i < a->count; i++) {
    const char *added = a->text + a->names[i].start + 1;
    if (json_string_is(text, name, added, a->names[i].length - 2)) found |= 1U << i;
  }
  return found;
}

/* Appends the record with what it lacks, before its closing brace. Nothing is appended where it lacks nothing. */
static bool append_with(const additions *a, const char *text, json_slice record, bytes *out) {
  unsigned found = 0;
  size_t end = record.start + 1;
  for (json_iterator it = json_iterate(text, record); json_next(&it);) {
    found |= find_names(a, text, it.key);
    end = it.value.start + it.value.length;
  }
  bool first = end == record.start + 1;
  if (found == (1U << a->count) - 1) return true;
  if (!bytes_append(out, text + record.start, end - record.start)) return false;
  for (size_t i = 0; i < a->count; i++) {
    if (found >> i & 1) continue;
    json_slice member = a->members[i];
    if (!bytes_text(out, first ? "" : ",") || !bytes_append(out, a->text + member.start, member.length)) return false;
    first = false;
  }
  return bytes_append(out, text + end, record.start + record.length - end);
}

static bool add_to(page *p, size_t row, const additions *a, bytes *scratch) {
  json_slice record;
  const char *text = page_record(p, row, &record);
  bytes_clear(scratch);
  return append_with(a, text, record, scratch) &&
         (!scratch->length || page_replace(p, row, scratch->data, scratch->length));
}

bool page_add(page *p, const char *text, json_slice added) {
  additions a = read_additions(text, added);
  bytes scratch = {0};
  bool ok = a.count == 0 || page_open_hooks(p);
  for (size_t row = 0; ok && a.count && row < p->rows.count; row++)
    if (page_goes_out(p, row)) ok = add_to(p, row, &a, &scratch);
  bytes_free(&scratch);
  return ok;
}
