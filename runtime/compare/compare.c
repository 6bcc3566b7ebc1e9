#include "compare/compare.h"

#include "base/digest.h"
#include "base/files.h"
#include "compare/canonical.h"
#include "compare/output_line.h"
#include "compare/value_walk.h"
#include "page/record.h"
#include "json/json_value.h"

#include <string.h>

#define LONGEST_LINE ((size_t)256 << 20)

static bool short_of_memory(comparison *c) {
  if (!c->failure.length) bytes_text(&c->failure, "memory is short");
  return false;
}

/* ---- reading: records go to the store; of states and statuses, the last one of each stream is kept */

static void hash(const comparison *c, const void *text, size_t length, uint64_t out[2]) {
  siphash h;
  siphash_begin(&h, &c->seed);
  siphash_add(&h, text, length);
  siphash_end(&h, out);
}

/* A record without a key is told apart by all that it says: by its digest, behind a byte that begins no JSON. */
static bool make_key(comparison *c, stream_pair *pair, const output_line *line, const uint64_t values[2]) {
  bytes_clear(&c->key);
  if (!stream_pair_key(&c->pairs, pair, c->line.data, line->data, &c->key)) return false;
  if (c->key.length) return true;
  pair->without_key[c->side]++;
  return bytes_append(&c->key, "", 1) && bytes_append(&c->key, values, 2 * sizeof *values);
}

static bool take_record(comparison *c, stream_pair *pair, const output_line *line) {
  stored_row row = {.stream = pair->number, .side = c->side};
  uint64_t written[2];
  bytes_clear(&c->body);
  if (!canonical_write(c->line.data, line->data, &c->body)) return false;
  hash(c, c->body.data, c->body.length, row.values);
  hash(c, c->line.data + line->data.start, line->data.length, written);
  row.written = written[0];
  if (!make_key(c, pair, line, row.values)) return false;
  row.key = c->key.data;
  row.key_length = c->key.length;
  pair->records[c->side]++;
  if (store_add(&c->store, &row, &c->body)) return true;
  return bytes_append(&c->failure, c->store.failure.data, c->store.failure.length) && false;
}

static bool keep(const char *text, json_slice value, bytes *in) {
  bytes_clear(in);
  return value.length == 0 || canonical_write(text, value, in);
}

static bool take_message(comparison *c, const output_line *line) {
  stream_pair *pair = stream_pair_of(&c->pairs, c->line.data, line->stream, line->name_space);
  if (!pair) return false;
  switch (line->kind) {
  case OUTPUT_RECORD: return take_record(c, pair, line);
  case OUTPUT_STATE: return keep(c->line.data, line->data, &pair->state[c->side]);
  case OUTPUT_STATUS: return keep(c->line.data, line->data, &pair->status[c->side]);
  default: pair->errors[c->side]++; return true;
  }
}

static void note_unreadable(compared_file *file, const char *why) {
  if (!file->unreadable++) file->first_unreadable = file->lines, file->why = why;
}

static bool end_line(comparison *c) {
  compared_file *file = &c->files[c->side];
  bool ok = true;
  file->lines++;
  output_line line = output_line_read(c->line.data ? c->line.data : "", c->line.length);
  if (line.kind == OUTPUT_UNREADABLE)
    note_unreadable(file, line.why);
  else if (line.kind == OUTPUT_FOREIGN)
    file->foreign += json_root(c->line.data ? c->line.data : "", c->line.length).length > 0;
  else if (line.kind == OUTPUT_FAILURE)
    file->failures++;
  else if (line.kind != OUTPUT_OTHER)
    ok = take_message(c, &line);
  bytes_clear(&c->line);
  return ok;
}

static bool add_to_line(comparison *c, const char *data, size_t length) {
  if (length <= LONGEST_LINE - c->line.length) return bytes_append(&c->line, data, length);
  bytes_printf(&c->failure, "%s: line %lld is longer than %zu MiB", c->files[c->side].path,
               (long long)c->files[c->side].lines + 1, LONGEST_LINE >> 20);
  return false;
}

static bool take(void *user, const char *data, size_t length) {
  comparison *c = user;
  const char *end = data + length, *stop;
  for (; !c->has_failed && (stop = memchr(data, '\n', (size_t)(end - data))); data = stop + 1)
    c->has_failed = !add_to_line(c, data, (size_t)(stop - data)) || !end_line(c);
  c->has_failed = c->has_failed || !add_to_line(c, data, (size_t)(end - data));
  return !c->has_failed;
}

static bool read_file(comparison *c, int side, const char *path) {
  c->side = side;
  c->files[side].path = path;
  const char *why = files_stream(path, take, c);
  if (why) return bytes_printf(&c->failure, "%s: %s", path, why) && false;
  if (!c->has_failed && c->line.length) c->has_failed = !end_line(c);
  return !c->has_failed || short_of_memory(c);
}

/* ---- comparing: records of one key stand beside each other */

typedef struct group {
  stream_pair *pair;
  bytes key;
  int64_t count[2], last[2]; /* numbers of records */
  uint64_t values[2][2], written[2];
} group;

typedef struct noting {
  comparison *c;
  const group *of;
  bool of_state;
  bytes a, b;
} noting;

static const char *kind_of(walked_value v) {
  return v.slice.length ? record_kind_name(record_kind(v.text, v.slice)) : "absent";
}

static bool cut(walked_value v, bytes *out) {
  bytes_clear(out);
  return !v.slice.length || stream_pair_cut(out, v.text + v.slice.start, v.slice.length);
}

static bool note_difference(void *user, const char *path, walked_value a, walked_value b) {
  noting *n = user;
  const group *of = n->of;
  if (!cut(a, &n->a) || !cut(b, &n->b)) return short_of_memory(n->c);
  stored_field field = {.stream = of->pair->number,
                        .number = of->last[0],
                        .of_state = n->of_state,
                        .path = path,
                        .kind_a = kind_of(a),
                        .kind_b = kind_of(b),
                        .key = &of->key,
                        .a = &n->a,
                        .b = &n->b};
  if (store_add_field(&n->c->store, &field)) return true;
  return bytes_append(&n->c->failure, n->c->store.failure.data, n->c->store.failure.length) && false;
}

static bool note_all(comparison *c, const group *of, bool of_state, const bytes *a, const bytes *b) {
  noting n = {.c = c, .of = of, .of_state = of_state};
  walked_value one = {a->data, {0, a->length}}, other = {b->data, {0, b->length}};
  bool ok = value_walk(one, other, note_difference, &n) || short_of_memory(c);
  bytes_free(&n.a);
  bytes_free(&n.b);
  return ok;
}

static bool compare_bodies(comparison *c, const group *of) {
  bytes a = {0}, b = {0};
  bool ok = store_body(&c->store, of->last[0], &a) && store_body(&c->store, of->last[1], &b);
  if (!ok) bytes_append(&c->failure, c->store.failure.data, c->store.failure.length);
  ok = ok && note_all(c, of, false, &a, &b);
  bytes_free(&a);
  bytes_free(&b);
  return ok;
}

/* Without a key, records that say the same are as many as came; a key's records are one, which the last one is. */
static int64_t count_of(const group *g, int side) {
  bool keyed = g->key.data[0] != '\0';
  return keyed && g->count[side] > 1 ? 1 : g->count[side];
}

/* What is shown of a record that one side lacks: its key, or its beginning where it has none. */
static bool note_lacking(comparison *c, const group *g, bytes *keys, int64_t before, int side) {
  if (g->key.data[0] != '\0') return stream_pair_note(keys, before, g->key.data, g->key.length) || short_of_memory(c);
  bytes body = {0};
  bool ok = before >= STREAM_PAIR_EXAMPLES ||
            (store_body(&c->store, g->last[side], &body) && stream_pair_note(keys, before, body.data, body.length));
  bytes_free(&body);
  return ok || short_of_memory(c);
}

static bool end_group(comparison *c, group *g) {
  stream_pair *p = g->pair;
  if (!p) return true;
  int64_t a = count_of(g, 0), b = count_of(g, 1), both = a < b ? a : b;
  bool ok = true;
  p->repeats[0] += g->count[0] - a;
  p->repeats[1] += g->count[1] - b;
  if (a > b) ok = note_lacking(c, g, &p->missing_keys, p->missing, 0), p->missing += a - b;
  if (b > a) ok = note_lacking(c, g, &p->extra_keys, p->extra, 1), p->extra += b - a;
  if (!ok || both == 0) return ok;
  if (memcmp(g->values[0], g->values[1], sizeof g->values[0]) != 0) {
    p->changed++;
    return compare_bodies(c, g);
  }
  p->same += both;
  if (g->written[0] != g->written[1]) p->rewritten += both;
  return true;
}

static bool is_of(const group *g, const stored_row *row) {
  return g->pair && g->pair->number == row->stream && g->key.length == row->key_length &&
         memcmp(g->key.data, row->key, row->key_length) == 0;
}

static bool begin_group(comparison *c, group *g, const stored_row *row) {
  bytes key = g->key;
  *g = (group){.key = key, .pair = c->pairs.first};
  while (g->pair->number != row->stream) g->pair = g->pair->next;
  bytes_clear(&g->key);
  return bytes_append(&g->key, row->key, row->key_length) || short_of_memory(c);
}

static bool add_row(comparison *c, group *g, const stored_row *row) {
  if (!is_of(g, row) && (!end_group(c, g) || !begin_group(c, g, row))) return false;
  g->count[row->side]++;
  g->last[row->side] = row->number;
  memcpy(g->values[row->side], row->values, sizeof row->values);
  g->written[row->side] = row->written;
  return true;
}

static bool compare_records(comparison *c) {
  group g = {0};
  stored_row row;
  bool ok, more = true;
  while ((ok = store_next(&c->store, &row, &more)) && more)
    if (!add_row(c, &g, &row)) break;
  if (!ok) bytes_append(&c->failure, c->store.failure.data, c->store.failure.length);
  ok = ok && !more && end_group(c, &g);
  bytes_free(&g.key);
  return ok;
}

static bool compare_states(comparison *c) {
  bool ok = true;
  for (stream_pair *p = c->pairs.first; ok && p; p = p->next) {
    group of = {.pair = p};
    if (p->state[0].length && p->state[1].length) ok = note_all(c, &of, true, &p->state[0], &p->state[1]);
  }
  return ok;
}

bool compare_files(comparison *c, const char *a, const char *b) {
  if (!digest_random(c->seed.bytes, sizeof c->seed.bytes))
    return bytes_text(&c->failure, "the system gives no random bytes") && false;
  if (!store_open(&c->store)) return bytes_append(&c->failure, c->store.failure.data, c->store.failure.length) && false;
  return read_file(c, 0, a) && read_file(c, 1, b) && compare_records(c) && compare_states(c);
}

void compare_free(comparison *c) {
  stream_pairs_free(&c->pairs);
  store_close(&c->store);
  bytes_free(&c->failure);
  bytes_free(&c->line);
  bytes_free(&c->key);
  bytes_free(&c->body);
}
