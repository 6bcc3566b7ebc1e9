#include "ledger/ledger_rows.h"

#include "json/json_string.h"
#include "json/json_value.h"

#include <string.h>

/* The members with which a row is known again. `*has` false: it lacks one. */
static bool append_key(const page *p, size_t row, const ledger_fields *fields, bytes *keys, bool *has) {
  const char *text = page_text(p);
  bool ok = true;
  *has = true;
  for (size_t i = 0; ok && *has && i < fields->count; i++) {
    json_slice value = p->rows.fields[row * p->rows.field_count + fields->at[i]];
    json_type type = json_type_of(text, value);
    *has = type != JSON_ABSENT && type != JSON_NULL;
    if (*has)
      ok = bytes_text(keys, i ? "," : "") && json_quote(keys, fields->names[i], strlen(fields->names[i])) &&
           bytes_text(keys, ":") && bytes_append(keys, text + value.start, value.length);
  }
  return ok;
}

bool ledger_rows_of(const page *p, const ledger_fields *fields, ledger_rows *to, bytes *keys) {
  bool ok = true, has;
  to->count = 0;
  for (size_t i = 0; ok && i < p->rows.count; i++) {
    size_t start = keys->length;
    if (!p->keep[i]) continue;
    ok = append_key(p, i, fields, keys, &has);
    if (!has) keys->length = start;
    if (!has) continue;
    to->places[to->count] = i;
    to->rows[to->count++] =
        (ledger_row){.length = keys->length - start, .digest = p->settled[i], .at = page_time(p, i, 0)};
  }
  const char *text = keys->data; /* it holds still only now */
  for (size_t i = 0; i < to->count; i++) {
    to->rows[i].key = text;
    text += to->rows[i].length;
  }
  return ok;
}
