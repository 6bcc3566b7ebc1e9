/* What streams have sent, noted in tables beside theirs. Notes wait in memory, and are written before a state that
 * covers them goes on: until that is committed, their mark is above what it says. */
#include "destination/postgres_table.h"
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NOTES 5000 /* that wait */

static const char noting[] = "noting what was sent";

/* Arrays of SQL without their ends, a place for each row. */
enum { LISTS, KEYS, DIGESTS, TIMES, ROUNDS, MARKS, COLUMNS };

typedef struct own {
  ledger base;
  postgres *p;
  bytes notes[COLUMNS];
  size_t count;
} own;

static own *of(ledger *l) {
  return (own *)l;
}

/* ---- arrays */

static bool add_number(bytes *array, int64_t number) {
  return bytes_printf(array, "%s%" PRId64, array->length ? "," : "{", number);
}

static void clear(own *o) {
  for (int i = 0; i < COLUMNS; i++) bytes_clear(&o->notes[i]);
  o->count = 0;
}

/* ---- transactions */

static bool short_of_memory(own *o) {
  return bytes_text(&o->base.failure, "memory is short") && false;
}

/* What the tables of a ledger refuse is no matter of others. */
static bool transact(own *o, bool (*work)(postgres *p, void *with), void *with) {
  if (postgres_transact(o->p, work, with)) return true;
  const bytes *why = &o->p->base.failure;
  bytes_clear(&o->base.failure);
  bytes_append(&o->base.failure, why->data, why->length);
  if (!postgres_is_refusal(o->p)) return false;
  bytes_free(&o->p->base.failure);
  postgres_undo(o->p);
  return false;
}

/* ---- what waits */

static const char insert[] =
    "INSERT INTO _perigee_sent (list, key, digest, at, round, mark, is_gone) SELECT DISTINCT ON (l, k) l, k, d, a, r, "
    "m, false"
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) WITH ORDINALITY"
    " AS t (l, k, d, a, r, m, n) ORDER BY l, k, n DESC ON CONFLICT (list, key) DO UPDATE SET digest = excluded.digest,"
    " at = excluded.at, round = excluded.round, mark = excluded.mark, is_gone = false";
static const char raise[] = "UPDATE _perigee_lists l SET mark = t.mark FROM (SELECT id, max(mark) AS mark FROM "
                            "unnest($1::bigint[], $2::bigint[])"
                            " AS u (id, mark) GROUP BY id) t WHERE l.id = t.id AND l.mark < t.mark";

static bool write_notes(postgres *p, void *with) {
  const bytes *n = ((own *)with)->notes;
  return postgres_do(p, noting, insert, n[LISTS].data, n[KEYS].data, n[DIGESTS].data, n[TIMES].data, n[ROUNDS].data,
                     n[MARKS].data) &&
         postgres_do(p, noting, raise, n[LISTS].data, n[MARKS].data);
}

static bool keep(ledger *l) {
  own *o = of(l);
  bool ok = true;
  if (!o->count) return true;
  for (int i = 0; i < COLUMNS; i++) ok = ok && bytes_text(&o->notes[i], "}");
  ok = ok ? transact(o, write_notes, o) : short_of_memory(o);
  clear(o);
  return ok;
}

static bool add_note(own *o, int64_t list, int64_t round, int64_t mark, const ledger_row *one) {
  char digest[KEY_TEXT_SIZE];
  bytes *n = o->notes;
  key_write(one->digest, digest);
  o->count++;
  return add_number(&n[LISTS], list) && postgres_array_text(&n[KEYS], one->key, one->length) &&
         postgres_array_text(&n[DIGESTS], digest, key_is_none(one->digest) ? 0 : KEY_TEXT_SIZE - 1) &&
         add_number(&n[TIMES], one->at) && add_number(&n[ROUNDS], round) && add_number(&n[MARKS], mark);
}

static bool note(ledger *l, int64_t list, int64_t round, int64_t mark, const ledger_row *rows, size_t count) {
  own *o = of(l);
  for (size_t i = 0; i < count; i++) {
    if (!add_note(o, list, round, mark, &rows[i])) return short_of_memory(o);
    if (o->count >= MOST_NOTES && !keep(l)) return false;
  }
  return true;
}

/* ---- lists */

typedef struct opening {
  const char *stream, *place;
  int64_t covered, list;
} opening;

static const char *const tables[] = {
    "CREATE TABLE IF NOT EXISTS _perigee_lists (id bigserial PRIMARY KEY, stream text NOT NULL, place text NOT NULL,"
    " mark bigint NOT NULL, UNIQUE (stream, place))",
    "CREATE TABLE IF NOT EXISTS _perigee_sent (list bigint NOT NULL, key text NOT NULL, digest text, at bigint NOT "
    "NULL,"
    " round bigint NOT NULL, mark bigint NOT NULL, is_gone boolean NOT NULL, PRIMARY KEY (list, key))"};

static bool make_tables(postgres *p) {
  bool there = false, ok = postgres_find(p, "_perigee_sent", "%", noting, &there);
  for (size_t i = 0; ok && !there && i < sizeof tables / sizeof *tables; i++) ok = postgres_do(p, noting, tables[i]);
  return ok;
}

static bool open_in(postgres *p, void *with) {
  opening *w = with;
  char list[24], covered[24];
  if (!make_tables(p)) return false;
  PGresult *r =
      postgres_query(p, noting,
                     "INSERT INTO _perigee_lists (stream, place, mark) VALUES ($1, $2, 0) ON CONFLICT (stream, place)"
                     " DO UPDATE SET mark = _perigee_lists.mark RETURNING id, mark",
                     w->stream, w->place, NULL);
  int64_t mark = r ? postgres_number(p, r, 0, 1) : 0;
  if (r) w->list = postgres_number(p, r, 0, 0);
  if (!postgres_done(p, r) || mark <= w->covered) return r != NULL;
  (void)snprintf(list, sizeof list, "%" PRId64, w->list);
  (void)snprintf(covered, sizeof covered, "%" PRId64, w->covered);
  return postgres_do(p, noting,
                     "UPDATE _perigee_sent SET digest = NULL, is_gone = false, mark = 0 WHERE list = $1 AND mark > $2",
                     list, covered) &&
         postgres_do(p, noting, "UPDATE _perigee_lists SET mark = $2 WHERE id = $1", list, covered);
}

static bool open_list(ledger *l, const char *stream, const char *place, int64_t covered, int64_t *list) {
  opening w = {stream, place, covered, 0};
  if (!transact(of(l), open_in, &w)) return false;
  *list = w.list;
  return true;
}

/* ---- rows */

typedef struct looking {
  const char *keys;
  char list[24], round[24];
  const ledger_row *rows;
  size_t count;
  bool *same;
} looking;

static bool look_in(postgres *p, void *with) {
  const looking *w = with;
  PGresult *r =
      postgres_query(p, noting,
                     "UPDATE _perigee_sent s SET round = $2 FROM unnest($3::text[]) WITH ORDINALITY AS t (k, n)"
                     " WHERE s.list = $1 AND s.key = t.k AND NOT s.is_gone RETURNING t.n, s.digest",
                     w->list, w->round, w->keys, NULL);
  for (int i = 0; r && i < p->lib->rows(r); i++) {
    int64_t at = postgres_number(p, r, i, 0) - 1;
    const char *noted = postgres_value(p, r, i, 1);
    char digest[KEY_TEXT_SIZE] = "";
    if (at < 0 || (uint64_t)at >= w->count) continue;
    if (!key_is_none(w->rows[at].digest)) key_write(w->rows[at].digest, digest);
    w->same[at] = noted && *noted && strcmp(noted, digest) == 0;
  }
  return postgres_done(p, r);
}

static bool look(ledger *l, int64_t list, int64_t round, const ledger_row *rows, size_t count, bool *same) {
  bytes keys = {0};
  bool ok = keep(l), built = true;
  if (!ok || !count) return ok;
  for (size_t i = 0; built && i < count; i++) built = postgres_array_text(&keys, rows[i].key, rows[i].length);
  built = built && bytes_text(&keys, "}");
  looking w = {.keys = keys.data, .rows = rows, .count = count, .same = same};
  (void)snprintf(w.list, sizeof w.list, "%" PRId64, list);
  (void)snprintf(w.round, sizeof w.round, "%" PRId64, round);
  ok = built ? transact(of(l), look_in, &w) : short_of_memory(of(l));
  bytes_free(&keys);
  return ok;
}

/* ---- rows that are gone */

typedef struct losing {
  char list[24], round[24], from[24], number[24]; /* `number`: of rows at most; or the mark */
  const char *more;
  bytes *objects, *last;
} losing;

#define UNLISTED "list = $1 AND round <> $2 AND at >= $3 AND NOT is_gone"

static losing losing_of(int64_t list, int64_t round, int64_t from, int64_t number) {
  losing w = {.more = NULL};
  (void)snprintf(w.list, sizeof w.list, "%" PRId64, list);
  (void)snprintf(w.round, sizeof w.round, "%" PRId64, round);
  (void)snprintf(w.from, sizeof w.from, "%" PRId64, from);
  (void)snprintf(w.number, sizeof w.number, "%" PRId64, number);
  return w;
}

static bool find_gone(postgres *p, void *with) {
  const losing *w = with;
  PGresult *r =
      postgres_query(p, noting, "SELECT key FROM _perigee_sent WHERE " UNLISTED " ORDER BY key COLLATE \"C\" LIMIT $4",
                     w->list, w->round, w->from, w->number, NULL);
  bool ok = true;
  bytes_clear(w->objects);
  for (int i = 0; ok && r && i < p->lib->rows(r); i++) {
    bytes_clear(w->last);
    ok = bytes_text(w->last, postgres_value(p, r, i, 0)) &&
         bytes_printf(w->objects, "%s{%s,%s}", w->objects->length ? "," : "", w->last->data, w->more);
  }
  return postgres_done(p, r) && (ok || destination_short_of_memory(&p->base, p->at.text));
}

static bool gone(ledger *l, int64_t list, int64_t round, int64_t from, const char *more, size_t most, bytes *objects,
                 bytes *last) {
  losing w = losing_of(list, round, from, (int64_t)most);
  w.more = more;
  w.objects = objects;
  w.last = last;
  return keep(l) && transact(of(l), find_gone, &w);
}

static bool forget_gone(postgres *p, void *with) {
  const losing *w = with;
  return postgres_do(p, noting,
                     "UPDATE _perigee_sent SET is_gone = true, digest = NULL, mark = $4 WHERE " UNLISTED
                     " AND key COLLATE \"C\" <= $5",
                     w->list, w->round, w->from, w->number, w->last->data) &&
         postgres_do(p, noting, "UPDATE _perigee_lists SET mark = $2 WHERE id = $1 AND mark < $2", w->list, w->number);
}

static bool forget(ledger *l, int64_t list, int64_t round, int64_t mark, int64_t from, const bytes *last) {
  losing w = losing_of(list, round, from, mark);
  bytes copy = *last;
  w.last = &copy;
  return transact(of(l), forget_gone, &w);
}

/* ---- its life */

static bool open_it(ledger *l) {
  (void)l;
  return true;
}

static void close_ledger(ledger *l) {
  own *o = of(l);
  for (int i = 0; i < COLUMNS; i++) bytes_free(&o->notes[i]);
  bytes_free(&l->failure);
  free(o);
}

ledger *postgres_ledger(postgres *p) {
  static const ledger_calls calls = {.open = open_it,
                                     .list = open_list,
                                     .look = look,
                                     .note = note,
                                     .gone = gone,
                                     .forget = forget,
                                     .keep = keep,
                                     .close = close_ledger};
  own *o = calloc(1, sizeof *o);
  if (!o) return NULL;
  o->base.calls = &calls;
  o->p = p;
  return &o->base;
}
