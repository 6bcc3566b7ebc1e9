/* Records become rows in memory, each told apart by a text that is made of its key. */
#include "base/clock.h"
#include "destination/drift.h"
#include "destination/postgres_table.h"
#include "destination/row_key.h"
#include "destination/value.h"
#include "page/record.h"
#include "json/json_value.h"

#include <string.h>

#define LONGEST_ID 200 /* bytes: an index refuses long texts */

static bool short_of_memory(postgres_table *t) {
  return destination_short_of_memory(t->base.to, postgres_of(t->base.to)->at.text);
}

/* ---- what tells a row apart */

/* Fields are joined by slashes, of which no text can bring one. */
static bool append_escaped(bytes *out, const char *text, size_t length) {
  bool ok = true;
  for (size_t at = 0; ok && at < length;) {
    size_t plain = 0;
    while (at + plain < length && text[at + plain] != '/' && text[at + plain] != '~') plain++;
    ok = bytes_append(out, text + at, plain);
    at += plain;
    if (ok && at < length) ok = bytes_text(out, text[at++] == '/' ? "~1" : "~0");
  }
  return ok;
}

/* A text is itself, and any other value stands behind `=`, so that "1" and 1 are two keys. */
static bool append_field(postgres_table *t, const char *text, json_slice slice, bool *odd) {
  const char *p = text + slice.start;
  value v;
  if (record_kind(text, slice) != RECORD_STRING)
    return bytes_text(&t->id, "=") && append_escaped(&t->id, p, slice.length);
  if (!value_read(text, slice, false, &t->base.row.name, &v)) return false;
  *odd = *odd || v.is_replaced;
  return (v.length == 0 || *v.text != '=' || bytes_text(&t->id, "=")) && append_escaped(&t->id, v.text, v.length);
}

/* False: memory is short. */
static bool digest_id(postgres_table *t, bool ok, const char *digest) {
  bytes_clear(&t->id);
  return ok && bytes_printf(&t->id, "=#%s", digest);
}

static bool read_id(postgres_table *t, const char *text, size_t length, bool *keyed) {
  bool odd = false;
  char digest[KEY_TEXT_SIZE];
  bytes_clear(&t->id);
  *keyed = t->key_count > 0;
  for (size_t i = 0; *keyed && i < t->key_count; i++) {
    json_slice slice;
    const char *base = row_value(&t->base.row, text, t->key_columns[i], &slice);
    *keyed = slice.length && json_type_of(base, slice) != JSON_NULL;
    if (*keyed && !((i == 0 || bytes_text(&t->id, "/")) && append_field(t, base, slice, &odd))) return false;
  }
  if (!*keyed) return digest_id(t, row_key_of_text(text, length, digest), digest);
  if (!odd && t->id.length <= LONGEST_ID) return true;
  return digest_id(t, row_key_of_values(&t->base.row, text, t->key_columns, t->key_count, digest), digest);
}

/* ---- columns that a record brings */

/* What waits has the columns of so far. */
static bool clear_way(postgres_table *t) {
  if ((t->keyed.length || t->loose.length) && !postgres_commit_for(t)) return false;
  t->staged = 0;
  return true;
}

/* Of columns that the schema has declared, the type may have been left open. */
static bool add_column(postgres_table *t, size_t column, unsigned kinds) {
  table_column *c = &t->base.columns.list[column];
  if (!clear_way(t) || !drift_widen(&t->base, column, kinds, column >= t->declared)) return false;
  c->type = (unsigned char)postgres_type_of(c->kinds);
  return true;
}

static bool widen(postgres_table *t, size_t column, unsigned kinds) {
  t->base.columns.list[column].made &= (unsigned char)~POSTGRES_KINDS;
  return drift_widen(&t->base, column, kinds, false);
}

/* A type stays: a view of somebody else's would forbid to change it. */
static bool add_beside(postgres_table *t, size_t column, unsigned kinds) {
  table_column *c = &t->base.columns.list[column];
  bytes words = {0};
  if (t->base.is_frozen && kinds & ~c->kinds) return widen(t, column, kinds);
  if (t->base.is_frozen) return drift_refuse(&t->base, "a record has a value that fits no column in", c->field, kinds);
  if (!clear_way(t)) return false;
  if (!columns_add_beside(&t->base.columns, column, "__text") || !columns_describe(kinds, &words)) {
    bytes_free(&words);
    return short_of_memory(t);
  }
  destination_note(&t->base, "column \"%s\" is %s; other values (%s) stand in the new column \"%s\"", c->name,
                   postgres_type_name(c->type), words.data, c->beside);
  bytes_free(&words);
  c->kinds |= kinds;
  c->made &= (unsigned char)~POSTGRES_KINDS;
  return true;
}

static bool add_more(postgres_table *t) {
  if (!clear_way(t)) return false;
  destination_note(&t->base, "more than %zu fields: the others stand in the column _more, as JSON",
                   t->base.columns.rules->most);
  return t->has_more = true;
}

/* ---- a row */

typedef enum put_code { PUT, PUT_FAILED, PUT_AGAIN } put_code; /* AGAIN: there are other columns now */

static put_code put_value(postgres_table *t, size_t column, bytes *out, const char *text, json_slice slice,
                          int64_t *replaced) {
  table_column *c = &t->base.columns.list[column];
  unsigned kinds = slice.length ? drift_kind(c, text, slice) : 0;
  bool fits = !kinds, is_replaced = false, ok;
  if (!c->type) return !kinds ? PUT : add_column(t, column, kinds) ? PUT_AGAIN : PUT_FAILED;
  ok = kinds ? postgres_put(out, c->type, text, slice, &t->base.row.name, &fits, &is_replaced) : postgres_put_null(out);
  if (ok && !fits && !c->beside) return add_beside(t, column, kinds) ? PUT_AGAIN : PUT_FAILED;
  if (kinds & ~c->kinds && !widen(t, column, kinds)) return PUT_FAILED;
  if (ok && !fits)
    ok =
        postgres_put_null(out) && postgres_put(out, POSTGRES_TEXT, text, slice, &t->base.row.name, &fits, &is_replaced);
  else if (ok && c->beside)
    ok = postgres_put_null(out);
  *replaced += is_replaced;
  return ok || short_of_memory(t) ? PUT : PUT_FAILED;
}

static put_code put_values(postgres_table *t, bytes *out, const char *text, int64_t *replaced) {
  for (size_t i = 0; i < t->base.columns.count; i++) {
    json_slice slice;
    const char *base = row_value(&t->base.row, text, i, &slice);
    put_code code = put_value(t, i, out, base, slice, replaced);
    if (code != PUT) return code;
  }
  const bytes *more = &t->base.row.more;
  if (more->length && !t->has_more) return add_more(t) ? PUT_AGAIN : PUT_FAILED;
  bool ok = !t->has_more || (more->length ? postgres_put_text(out, more->data, more->length) : postgres_put_null(out));
  return ok || short_of_memory(t) ? PUT : PUT_FAILED;
}

static size_t count_columns(const postgres_table *t) {
  size_t count = t->has_more;
  for (size_t i = 0; i < t->base.columns.count; i++)
    count += (size_t)(t->base.columns.list[i].type != 0) + (t->base.columns.list[i].beside != NULL);
  return count;
}

/* Behind the fields: whose row it is, and what tells it apart there. */
static bool end_row(const postgres_table *t, bytes *out) {
  return postgres_put_text(out, t->base.place, strlen(t->base.place)) &&
         postgres_put_text(out, t->id.data, t->id.length);
}

static bool make_row(postgres_table *t, const char *text) {
  put_code code;
  do {
    int64_t replaced = 0;
    bytes_clear(&t->line);
    if (!postgres_put_count(&t->line, count_columns(t) + 2)) return short_of_memory(t);
    code = put_values(t, &t->line, text, &replaced);
    if (code == PUT) t->base.counts.replaced += replaced;
    if (code == PUT && !end_row(t, &t->line)) return short_of_memory(t);
  } while (code == PUT_AGAIN);
  return code == PUT;
}

/* ---- records */

/* Of equal keys the last one counts: what waits has each once. */
static bool note_key(postgres_table *t) {
  key k = key_of(NULL, (key){0}, t->id.data, t->id.length);
  bool full = t->batch.count >= POSTGRES_BATCH_ROWS;
  if ((full || keyset_has(&t->batch, k)) && !postgres_commit_for(t)) return false;
  return (keyset_add(&t->batch, k) && postgres_array_text(&t->ids, t->id.data, t->id.length)) || short_of_memory(t);
}

/* A row without a key belongs to the state after it, and not to one that waits. */
static bool make_room(postgres_table *t, bool keyed) {
  if (keyed) return note_key(t);
  return !t->has_state || postgres_commit_for(t);
}

static bool store(postgres_table *t, const char *text, size_t length, json_entries known) {
  postgres *p = postgres_of(t->base.to);
  bool keyed;
  if (!row_read(&t->base.row, &t->base.columns, &t->base.left_out, text, length, known) ||
      !read_id(t, text, length, &keyed))
    return short_of_memory(t);
  if (!make_row(t, text) || !make_room(t, keyed)) return false;
  if (!bytes_append(keyed ? &t->keyed : &t->loose, t->line.data, t->line.length)) return short_of_memory(t);
  if (!p->base.since) p->base.since = clock_ticks();
  p->bytes += length > t->line.length ? length : t->line.length;
  return p->bytes < POSTGRES_BATCH || postgres_commit_for(t);
}

/* ---- records that are gone */

/* What tells their rows apart, and since when they are gone: all of one page at the same time. */
static bool read_gone(postgres_table *t, const sink_records *of, bytes *ids, bytes *when) {
  const char *text;
  size_t at = 0, length, column = columns_named(&t->base.columns, DESTINATION_DELETED);
  bool ok = column != SIZE_MAX, keyed;
  while (ok && sink_next(of, &at, &text, &length)) {
    json_slice slice;
    ok = row_read(&t->base.row, &t->base.columns, &t->base.left_out, text, length, sink_entries(of, at)) &&
         read_id(t, text, length, &keyed) && postgres_array_text(ids, t->id.data, t->id.length);
    const char *base = ok ? row_value(&t->base.row, text, column, &slice) : NULL;
    bytes_clear(when);
    ok = ok && slice.length && json_unescape(base, slice, when) && bytes_append(when, "", 1);
  }
  return ok && (!ids->length || bytes_text(ids, "}"));
}

static bool mark_gone(postgres_table *t, const sink_records *of) {
  bytes ids = {0}, when = {0};
  bool ok = read_gone(t, of, &ids, &when) || short_of_memory(t);
  ok = ok && (!ids.length || postgres_mark(t, ids.data, when.data));
  bytes_free(&ids);
  bytes_free(&when);
  return ok;
}

bool postgres_records(destination_table *table, const sink_records *of) {
  const char *text;
  size_t at = 0, length;
  if (of->deleted) return mark_gone(postgres_table_of(table), of);
  while (sink_next(of, &at, &text, &length))
    if (!store(postgres_table_of(table), text, length, sink_entries(of, at))) return false;
  return true;
}
