#include "destination/drift.h"

#include "page/record.h"

unsigned drift_kind(const table_column *c, const char *text, json_slice slice) {
  unsigned kind = record_kind(text, slice);
  if (kind == RECORD_NULL) return 0;
  if (kind == RECORD_NUMBER) return RECORD_NUMBER | RECORD_INTEGER;
  return kind == RECORD_STRING && (c->kinds & COLUMN_TIME) ? COLUMN_TIME : kind;
}

bool drift_refuse(destination_table *t, const char *what, const char *field, unsigned kinds) {
  bytes words = {0};
  bool ok = columns_describe(kinds, &words);
  destination_fail(t->to, "%s '%s' (%s), and --freeze allows no such change; sync without it to take it in", what,
                   field, ok ? words.data : "?");
  bytes_free(&words);
  return destination_refuse_rows(t);
}

static void note(destination_table *t, const table_column *c, unsigned kinds, bool fresh) {
  bytes before = {0}, now = {0};
  if (columns_describe(c->kinds, &before) && columns_describe(kinds, &now)) {
    if (fresh)
      destination_note(t, "new column \"%s\" (%s)", c->name, now.data);
    else
      destination_note(t, "column \"%s\" held %s, and now holds %s, too", c->name, before.data, now.data);
  }
  bytes_free(&before);
  bytes_free(&now);
}

bool drift_widen(destination_table *t, size_t column, unsigned kinds, bool fresh) {
  table_column *c = &t->columns.list[column];
  if (t->is_frozen && (fresh || c->kinds))
    return drift_refuse(t, fresh ? "a record has the new field" : "a record has another kind of value in", c->field,
                        kinds);
  if ((fresh && t->is_declared) || (!fresh && c->kinds)) note(t, c, kinds, fresh);
  c->kinds |= kinds;
  return true;
}
