#include "page/page.h"

#include "base/clock.h"
#include "json/json_number.h"
#include "json/json_path.h"
#include "json/json_value.h"

#include <stdlib.h>
#include <string.h>

static bool read_unit(const char *digits, size_t length, int64_t unit, int64_t *us) {
  if (unit != PAGE_IDS) return clock_parse_number(digits, length, unit, us);
  return json_read_integer(digits, length, us) && *us >= -PAGE_MAX_ID && *us <= PAGE_MAX_ID;
}

/* Times are plain ASCII in every dialect; a string with escapes in it is none. */
static int64_t read_time(const char *text, json_slice value, int64_t unit) {
  int64_t us;
  json_type type = json_type_of(text, value);
  if (type != JSON_STRING && type != JSON_NUMBER) return PAGE_NO_TIME;
  size_t quote = type == JSON_STRING ? 1 : 0, length = value.length - 2 * quote;
  const char *inside = text + value.start + quote;
  bool is_text = quote && unit != PAGE_IDS && clock_parse(inside, length, &us);
  return is_text || (unit && length && read_unit(inside, length, unit, &us)) ? us : PAGE_NO_TIME;
}

/* A record without all of its key's fields is known by its bytes: else it would come again wherever pages overlap. */
static key key_of_bytes(const page *p, size_t row, const siphash_seed *seed) {
  json_slice record = p->rows.rows[row];
  return key_of(seed, (key){.high = 1}, page_text(p) + record.start, record.length);
}

/* Without a key, nothing is a repeat. */
static key read_key(const page *p, size_t row, const siphash_seed *seed) {
  key k = {0};
  for (size_t i = 0; i < p->by.count; i++) {
    json_slice value = p->rows.fields[row * p->rows.field_count + p->by.fields[i]];
    json_type type = json_type_of(page_text(p), value);
    if (type == JSON_ABSENT || type == JSON_NULL) return key_of_bytes(p, row, seed);
    k = key_of(seed, k, page_text(p) + value.start, value.length);
  }
  return k;
}

static bool read_rows(page *p) {
  size_t count = p->rows.count;
  p->times = calloc(count * p->timed + 1, sizeof *p->times);
  p->keys = calloc(count + 1, sizeof *p->keys);
  p->keep = malloc(count + 1);
  if (!p->times || !p->keys || !p->keep) return false;
  memset(p->keep, 1, count);
  p->kept = count;
  for (size_t i = 0; i < count; i++)
    for (size_t f = 0; f < p->timed; f++)
      p->times[i * p->timed + f] = read_time(page_text(p), p->rows.fields[i * p->rows.field_count + f], p->unit);
  for (size_t i = 0; i < count; i++) p->keys[i] = read_key(p, i, &p->seed);
  return true;
}

/* How many bytes are noted of each record. */
static size_t row_memory(size_t fields, size_t timed) {
  return (1 + fields) * sizeof(json_slice) + sizeof(key) + sizeof(unsigned char) + timed * sizeof(int64_t);
}

/* Tiny records would take many times what they came as. */
static size_t most_rows(const page *p, const json_query *query) {
  size_t table = p->table && p->table < PAGE_MAX_TABLE ? p->table : PAGE_MAX_TABLE;
  if (table < PAGE_MIN_TABLE) table = PAGE_MIN_TABLE;
  size_t rows = table / row_memory(query->field_count, p->timed);
  return rows < PAGE_MAX_ROWS ? rows : PAGE_MAX_ROWS;
}

/* Validated as a whole first: the look-up reads accepted text only. */
static bool split_places(page *p, const page_query *query, const json_query *rows, json_error *error) {
  const bytes *text = p->text;
  if (!json_valid(text->data, text->length, (json_limits){.depth = rows->limits.depth}, error)) return false;
  return places_split(&query->at, text->data, json_root(text->data, text->length), rows, &p->rows, &p->units, error);
}

static bool split_lines(page *p, const page_query *query, const json_query *rows, json_error *error) {
  bool ok = places_split_lines(&query->at, p->text->data, p->text->length, rows, &p->rows, error);
  p->units = p->rows.count + p->rows.nulls;
  return ok;
}

static bool split(page *p, const page_query *query, const json_query *rows, json_error *error) {
  if (p->lines) return split_lines(p, query, rows, error);
  if (query->at.path || query->at.unwrap) return split_places(p, query, rows, error);
  bool ok = json_split(p->text->data, p->text->length, rows, &p->rows, error);
  p->units = p->rows.count + p->rows.nulls;
  return ok;
}

/* The values of fields that stand deeper in a record. */
static void follow_tails(page *p, const page_query *query) {
  for (size_t f = 0; f < p->rows.field_count; f++) {
    if (!query->tails[f]) continue;
    json_slice *value = p->rows.fields + f;
    for (size_t i = 0; i < p->rows.count; i++, value += p->rows.field_count)
      *value = json_path(page_text(p), *value, query->tails[f]);
  }
}

bool page_split(page *p, const page_query *query, json_error *error) {
  json_query rows = query->rows;
  rows.limits.rows = most_rows(p, &rows);
  if (!split(p, query, &rows, error)) return false;
  follow_tails(p, query);
  p->by = query->by;
  if (read_rows(p)) return true;
  *error = (json_error){.code = JSON_NO_MEMORY, .reason = "memory is short"};
  return false;
}

static void free_table(page *p) {
  json_rows_free(&p->rows);
  free(p->times);
  free(p->keys);
  free(p->keep);
  p->times = NULL;
  p->keys = NULL;
  p->keep = NULL;
}

/* Split anew, so that what is noted of a record is what goes out of it. `*text` is taken; empty: nothing changes. */
static bool split_anew(page *p, bool made, bytes *text, const page_query *query, json_error *error) {
  if (!made) *error = (json_error){.code = JSON_NO_MEMORY, .reason = "memory is short"};
  if (!made || !text->length) return bytes_free(text), made;
  free_table(p);
  bytes_free(&p->decoded);
  p->rows = (json_rows){0};
  p->decoded = *text;
  p->text = &p->decoded;
  return page_split(p, query, error);
}

bool page_splice(page *p, const row_splice *splice, const page_query *query, json_error *error) {
  bytes text = {0};
  bool made = row_splice_text(p->text, &p->rows, splice, &text);
  return split_anew(p, made, &text, query, error);
}

bool page_leave_out(page *p, const row_without *without, const page_query *query, json_error *error) {
  bytes text = {0};
  bool made = row_without_text(p->text, &p->rows, without, &text);
  return split_anew(p, made, &text, query, error);
}

const char *page_text(const page *p) {
  return p->text->data;
}

size_t page_memory(const page *p) {
  size_t keys = (size_t)1 + (p->digests != NULL) + (p->settled != NULL) + (p->old_keys != NULL);
  size_t row = sizeof *p->keys * keys + sizeof *p->keep + p->timed * sizeof *p->times;
  return p->decoded.capacity + json_rows_memory(&p->rows) + p->rows.count * row;
}

void page_free(page *p) {
  free_table(p);
  bytes_free(&p->decoded);
  free(p->digests);
  free(p->settled);
  free(p->old_keys);
  free(p->out);
  free(p->edited);
  bytes_free(&p->edits);
  *p = (page){0};
}

bool page_goes_out(const page *p, size_t row) {
  return p->out ? p->out[row] : p->keep[row];
}

const char *page_record(const page *p, size_t row, json_slice *record) {
  bool edited = p->edited && p->edited[row].length;
  *record = edited ? p->edited[row] : p->rows.rows[row];
  return edited ? p->edits.data : page_text(p);
}

/* A second hook goes on from what the first one left. */
bool page_open_hooks(page *p) {
  if (p->out) return true;
  p->edited = p->edited ? p->edited : calloc(p->rows.count + 1, sizeof *p->edited);
  p->out = p->edited ? malloc(p->rows.count + 1) : NULL;
  if (p->out) memcpy(p->out, p->keep, p->rows.count);
  return p->out != NULL;
}

void page_hold(page *p, size_t row) {
  p->out[row] = 0;
}

bool page_replace(page *p, size_t row, const char *text, size_t length) {
  size_t start = p->edits.length;
  if (!bytes_append(&p->edits, text, length)) return false;
  p->edited[row] = (json_slice){start, length};
  return true;
}

int64_t page_time(const page *p, size_t row, size_t field) {
  return p->times[row * p->timed + field];
}

int64_t page_newest(const page *p, size_t field, int64_t before) {
  int64_t newest = PAGE_NO_TIME;
  for (size_t i = 0; i < p->rows.count; i++) {
    int64_t time = page_time(p, i, field);
    if (time < before && time > newest) newest = time;
  }
  return newest;
}

int64_t page_oldest(const page *p, size_t field, int64_t from) {
  int64_t oldest = PAGE_NO_TIME;
  for (size_t i = 0; i < p->rows.count; i++) {
    int64_t time = page_time(p, i, field);
    if (time != PAGE_NO_TIME && time >= from && (oldest == PAGE_NO_TIME || time < oldest)) oldest = time;
  }
  return oldest;
}

size_t page_missing(const page *p, size_t field) {
  size_t missing = 0;
  for (size_t i = 0; i < p->rows.count; i++) {
    json_slice value = p->rows.fields[i * p->rows.field_count + field];
    json_type type = json_type_of(page_text(p), value);
    if (type == JSON_ABSENT || type == JSON_NULL) missing++;
  }
  return missing;
}

size_t page_unreadable(const page *p, size_t field, json_slice *first) {
  size_t count = 0;
  for (size_t i = 0; i < p->rows.count; i++) {
    json_slice value = p->rows.fields[i * p->rows.field_count + field];
    json_type type = json_type_of(page_text(p), value);
    if (type == JSON_ABSENT || type == JSON_NULL || page_time(p, i, field) != PAGE_NO_TIME) continue;
    if (!count++) *first = value;
  }
  return count;
}

int64_t page_rise(const page *p, size_t field) {
  int64_t rise = 0, before = PAGE_NO_TIME;
  for (size_t i = 0; i < p->rows.count; i++) {
    int64_t time = page_time(p, i, field);
    if (time == PAGE_NO_TIME) continue;
    if (before != PAGE_NO_TIME && time - before > rise) rise = time - before;
    before = time;
  }
  return rise;
}

int64_t page_delay(const page *p, size_t row, size_t from, size_t to, int64_t unit, int64_t most) {
  int64_t begun = page_time(p, row, from), came = page_time(p, row, to);
  if (begun == PAGE_NO_TIME || came == PAGE_NO_TIME) return -1;
  int64_t units = came > begun ? (came - begun - 1) / unit + 1 : 0;
  return units < most ? units : most;
}

bool page_below(const page *p, size_t field, int64_t us) {
  for (size_t i = 0; i < p->rows.count; i++) {
    int64_t time = page_time(p, i, field);
    if (time == PAGE_NO_TIME || time >= us) return false;
  }
  return true;
}

static bool within(const page *p, size_t row, const page_bound *bounds, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int64_t time = page_time(p, row, bounds[i].field);
    if (time == PAGE_NO_TIME || time >= bounds[i].us) return true;
  }
  return count == 0;
}

void page_drop(page *p, size_t row) {
  p->kept -= p->keep[row];
  p->keep[row] = 0;
  if (p->out) p->out[row] = 0;
}

void page_keep(page *p, const page_bound *bounds, size_t count) {
  for (size_t i = 0; i < p->rows.count; i++)
    if (!within(p, i, bounds, count)) page_drop(p, i);
}

static bool is_other(const page *p, size_t row, const char *path, const char *const *texts, size_t count) {
  json_slice value = json_path(page_text(p), p->rows.rows[row], path);
  if (json_type_of(page_text(p), value) != JSON_STRING) return false;
  for (size_t i = 0; i < count; i++)
    if (json_string_is(page_text(p), value, texts[i], strlen(texts[i]))) return false;
  return true;
}

size_t page_only(page *p, const char *path, const char *const *texts, size_t count) {
  size_t before = p->kept;
  for (size_t i = 0; i < p->rows.count; i++)
    if (p->keep[i] && is_other(p, i, path, texts, count)) page_drop(p, i);
  return before - p->kept;
}

bool page_know_old(page *p) {
  if (p->old_keys) return true;
  p->old_keys = calloc(p->rows.count + 1, sizeof *p->old_keys);
  for (size_t i = 0; p->old_keys && i < p->rows.count; i++) p->old_keys[i] = read_key(p, i, NULL);
  return p->old_keys != NULL;
}

/* By what records are looked for, and added: old keys are looked for alone. */
typedef struct row_keys {
  const key *keys, *old; /* `old` may be NULL */
} row_keys;

static row_keys keys_of(const page *p) {
  return (row_keys){p->keys, p->old_keys};
}

static row_keys digests_of(const page *p) {
  return p->digests ? (row_keys){p->digests, NULL} : keys_of(p); /* of old, there were none */
}

static bool is_known(const row_keys *by, size_t row, const known_keys *known) {
  return known_keys_has(known, by->keys[row], by->old ? by->old[row] : (key){0});
}

key page_row_key(const page *p, size_t row) {
  return digests_of(p).keys[row];
}

size_t page_drop_known(page *p, const known_keys *known) {
  size_t before = p->kept;
  row_keys digests = digests_of(p);
  for (size_t i = 0; i < p->rows.count; i++)
    if (p->keep[i] && !key_is_none(digests.keys[i]) && is_known(&digests, i, known)) page_drop(p, i);
  return before - p->kept;
}

/* Which records are added to a set, and by which of their keys. */
typedef struct choice {
  row_keys by;
  page_which which;
  const known_keys *among;
} choice;

static bool chosen(const page *p, size_t row, const choice *c) {
  if (key_is_none(c->by.keys[row])) return false;
  return c->which == PAGE_ALL || (c->which == PAGE_KEPT ? p->keep[row] : is_known(&c->by, row, c->among));
}

static bool remember(const page *p, known_keys *to, const choice *c, const page_bound *bounds, size_t count) {
  for (size_t i = 0; i < p->rows.count; i++) {
    if (!chosen(p, i, c) || !within(p, i, bounds, count)) continue;
    if (!keyset_add(&to->keys, c->by.keys[i])) return false;
  }
  return true;
}

bool page_remember(const page *p, known_keys *to, page_which which, const known_keys *among, const page_bound *bounds,
                   size_t count) {
  return remember(p, to, &(choice){keys_of(p), which, among}, bounds, count);
}

bool page_remember_rows(const page *p, known_keys *to, page_which which, const known_keys *among,
                        const page_bound *bounds, size_t count) {
  return remember(p, to, &(choice){digests_of(p), which, among}, bounds, count);
}

bool page_joins(const page *p, const known_keys *known) {
  row_keys by = keys_of(p);
  for (size_t i = 0; i < p->rows.count; i++)
    if (!key_is_none(by.keys[i])) return is_known(&by, i, known);
  return true;
}

size_t page_digest(const page *p, const size_t *field, int64_t from, int64_t to, uint64_t sum[2]) {
  size_t n = 0;
  for (size_t i = 0; i < p->rows.count; i++) {
    int64_t time = field ? page_time(p, i, *field) : 0;
    if (field && (time < from || time >= to)) continue;
    key k = key_is_none(p->keys[i]) ? key_of_bytes(p, i, &p->seed) : p->keys[i];
    sum[0] += k.high;
    sum[1] += k.low + 1; /* and how many there are */
    n++;
  }
  return n;
}
