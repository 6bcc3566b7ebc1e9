/* Tables: found again, or made from what a stream's schema declares. */
#include "destination/postgres_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_NAME 48 /* bytes: what stands before the names of tables beside it fits, too */

static const char planning[] = "making the tables of a stream (it needs CREATE on the schema)";
static const char looking[] = "reading perigee's own tables";

postgres_table *postgres_table_of(destination_table *t) {
  return (postgres_table *)t;
}

/* ---- which table a stream has */

/* The table that the stream had before, if any, and what told its rows apart. */
static bool read_known(postgres_table *t, const char *stream, bytes *told_by) {
  postgres *p = postgres_of(t->base.to);
  PGresult *r =
      postgres_query(p, looking, "SELECT \"table\", key FROM _perigee_tables WHERE stream = $1", stream, NULL);
  if (!r || p->lib->rows(r) == 0) return postgres_done(p, r);
  t->name = strdup(postgres_value(p, r, 0, 0));
  bool ok = bytes_text(told_by, postgres_value(p, r, 0, 1));
  return postgres_done(p, r) && ok && t->name;
}

/* Of a table that its owner has dropped nothing is known any more: its state would leave out what was in it. */
static bool forget(postgres *p, const char *stream) {
  return postgres_do(p, planning, "DELETE FROM _perigee_columns WHERE stream = $1", stream) &&
         postgres_do(p, planning, "DELETE FROM _perigee_states WHERE stream = $1", stream) &&
         postgres_do(p, planning, "DELETE FROM _perigee_tables WHERE stream = $1", stream);
}

/* In lower case, as SQL reads names without quotes. */
static bool write_name(const char *stream, int number, bytes *out) {
  size_t length = strlen(stream);
  if (length > LONGEST_NAME)
    for (length = LONGEST_NAME; length && ((unsigned char)stream[length] & 0xC0) == 0x80; length--) {
    }
  bytes_clear(out);
  bool ok = bytes_append(out, stream, length) && (number < 2 || bytes_printf(out, "_%d", number));
  for (size_t i = 0; ok && i < out->length; i++)
    if (out->data[i] >= 'A' && out->data[i] <= 'Z') out->data[i] = (char)(out->data[i] + ('a' - 'A'));
  return ok;
}

static bool name_table(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes name = {0};
  bool ok = true, found = true;
  /* PostgreSQL's own tables begin so, and are found before those of a schema */
  int first = strncasecmp(t->base.stream, "pg_", 3) == 0 ? 2 : 1;
  for (int number = first; ok && found; number++) {
    PGresult *r = NULL;
    if (write_name(t->base.stream, number, &name))
      r = postgres_query(p, looking, "SELECT 1 FROM _perigee_tables WHERE \"table\" = $1", name.data, NULL);
    found = r && p->lib->rows(r) > 0;
    ok = postgres_done(p, r);
  }
  t->name = ok ? strdup(name.data) : NULL;
  bytes_free(&name);
  if (!t->name || !postgres_find(p, t->name, "%", looking, &found)) return false;
  return !found || destination_fail(&p->base,
                                    "%s: the schema %s has a table or view %s that perigee did not make; name another "
                                    "schema by --schema, or rename that",
                                    p->at.text, p->schema, t->name);
}

static bool find_table(postgres_table *t, const destination_plan *plan, bool *known) {
  postgres *p = postgres_of(t->base.to);
  bytes names = {0}, before = {0};
  bool ok = destination_join_key(plan, &names), there = false;
  ok = ok && read_known(t, plan->stream, &before) && (!t->name || postgres_find(p, t->name, "%", looking, &there));
  if (ok && t->name && !there) {
    free(t->name);
    t->name = NULL;
    ok = forget(p, plan->stream);
  }
  *known = there;
  if (ok && there)
    ok =
        destination_check_key(&p->base, p->at.text, t->name, before.data, names.data,
                              "(DROP TABLE … CASCADE where it has views) to have it made anew, or name another schema");
  if (ok && !there)
    ok = name_table(t) &&
         postgres_do(p, planning, "INSERT INTO _perigee_tables VALUES ($1, $2, $3)", plan->stream, t->name, names.data);
  bytes_free(&names);
  bytes_free(&before);
  return ok;
}

typedef struct having {
  const char *stream;
  bool found;
} having;

static bool has(postgres *p, void *with) {
  having *w = with;
  PGresult *r = postgres_query(p, looking, "SELECT 1 FROM _perigee_tables WHERE stream = $1", w->stream, NULL);
  w->found = r && p->lib->rows(r) > 0;
  return postgres_done(p, r);
}

bool postgres_has(destination *d, const char *stream, bool *found) {
  having w = {stream, false};
  bool ok = postgres_transact(postgres_of(d), has, &w);
  *found = w.found;
  return ok;
}

/* ---- columns */

/* The schema's fields that have no column yet get one; what it declares for those that have is added to their kinds. */
static bool plan_columns(postgres_table *t, const destination_plan *plan) {
  columns *c = &t->base.columns;
  for (size_t i = 0; i < plan->field_count; i++) {
    const destination_field *f = &plan->fields[i];
    if (destination_leaves_out(plan, f->name)) continue;
    size_t at = columns_named(c, f->name);
    if (at == SIZE_MAX && !columns_are_full(c)) at = columns_add(c, f->name, NULL, 0);
    if (at == SIZE_MAX && !columns_are_full(c)) return false;
    if (at == SIZE_MAX || !(f->kinds & ~c->list[at].kinds)) continue;
    c->list[at].kinds |= f->kinds;
    c->list[at].made &= (unsigned char)~POSTGRES_KINDS;
    if (!c->list[at].type) c->list[at].type = (unsigned char)postgres_type_of(f->kinds);
  }
  return true;
}

static bool plan_key(postgres_table *t, const destination_plan *plan) {
  for (size_t i = 0; i < plan->key_count; i++) {
    size_t at = columns_named(&t->base.columns, plan->key[i]);
    if (at == SIZE_MAX) at = columns_add(&t->base.columns, plan->key[i], NULL, 0);
    if (at == SIZE_MAX) return false;
    t->key_columns[t->key_count++] = at;
  }
  return true;
}

/* ---- making tables */

static bool create(postgres_table *t, const char *table) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "CREATE TABLE ") && postgres_name(&sql, table) && bytes_text(&sql, " (") &&
               postgres_append_columns(t, POSTGRES_DEFINITIONS, "", &sql) &&
               bytes_text(&sql, "_place text COLLATE \"C\" NOT NULL, _row text COLLATE \"C\" NOT NULL, "
                                "PRIMARY KEY (_row, _place))");
  return postgres_do_bytes(postgres_of(t->base.to), planning, &sql, built);
}

static char *name_after(const postgres_table *t, const char *before) {
  bytes name = {0};
  char *copy = bytes_printf(&name, "%s%s", before, t->name) ? strdup(name.data) : NULL;
  bytes_free(&name);
  return copy;
}

static bool name_others(postgres_table *t) {
  t->beside = name_after(t, "_perigee_new_");
  t->waiting = name_after(t, "_perigee_wait_");
  return t->beside && t->waiting;
}

static bool drop(postgres_table *t, const char *table) {
  bytes sql = {0};
  bool built = bytes_text(&sql, "DROP TABLE IF EXISTS ") && postgres_name(&sql, table);
  return postgres_do_bytes(postgres_of(t->base.to), planning, &sql, built);
}

static bool drop_beside(postgres_table *t) {
  return drop(t, t->beside) &&
         postgres_do(postgres_of(t->base.to), planning,
                     "DELETE FROM _perigee_states WHERE stream = $1 AND is_replacing", t->base.stream);
}

/* Rows that waited for a state of a run that was cut are read again. A table of rows that are to replace others goes on
 * with its state, and with it alone. */
static bool find_place(postgres_table *t, bool resumes) {
  bool found = false, there = false;
  if (!drop(t, t->waiting)) return false;
  if (t->base.replaces && resumes &&
      !(postgres_read_state(t, true, &found) &&
        postgres_find(postgres_of(t->base.to), t->beside, "r", looking, &there)))
    return false;
  if (found && there) return true;
  bytes_clear(&t->base.state);
  if (!drop_beside(t)) return false;
  return t->base.replaces ? create(t, t->beside) : postgres_read_state(t, false, &found);
}

/* ---- the plan */

/* Forgets what an attempt found whose connection was lost. */
static void reset(postgres_table *t) {
  columns_free(&t->base.columns);
  free(t->name);
  free(t->beside);
  free(t->waiting);
  t->name = t->beside = t->waiting = NULL;
  t->key_count = 0;
  t->has_more = t->more_made = t->is_altered = false;
  bytes_clear(&t->base.state);
}

typedef struct planning_work {
  postgres_table *table;
  const destination_plan *plan;
} planning_work;

static bool make_table(postgres_table *t, const destination_plan *plan) {
  bool known, replaces = t->base.replaces;
  reset(t);
  if (!find_table(t, plan, &known) || !name_others(t) || !postgres_load_columns(t)) return false;
  if (!plan_key(t, plan) || !plan_columns(t, plan)) return false; /* the key has the plainest names */
  t->is_new = !known;
  if (!known && !create(t, t->name)) return false;
  t->base.replaces = false; /* what is beside is found, or made, with all of its columns */
  bool ok = postgres_make_columns(t);
  t->base.replaces = replaces;
  return ok && (t->is_new || postgres_move_places(t, plan)) && find_place(t, plan->resumes) &&
         (!replaces || postgres_complete_beside(t)) && postgres_create_views(t, plan) && postgres_begin_run(t);
}

static bool plan_table(postgres *p, void *with) {
  planning_work *w = with;
  (void)p;
  return make_table(w->table, w->plan);
}

static void refuse(postgres_table *t, const destination_plan *plan) {
  postgres *p = postgres_of(t->base.to);
  destination_refuse(&p->base, &t->base);
  postgres_undo(p);
  (void)postgres_note_refused(p, plan);
  postgres_free_table(&t->base);
}

destination_table *postgres_plan(destination *d, const destination_plan *plan) {
  postgres *p = postgres_of(d);
  postgres_table *t = calloc(1, sizeof *t);
  planning_work with = {t, plan};
  bool ok = t && destination_add(d, &t->base, plan);
  if (t) {
    t->base.columns.rules = &postgres_columns;
    keyset_init(&t->batch, POSTGRES_BATCH_ROWS);
    (void)snprintf(t->stage, sizeof t->stage, "_perigee_stage_%zu", p->tables++);
  }
  ok = ok && postgres_transact(p, plan_table, &with);
  if (!ok) {
    destination_short_of_memory(d, p->at.text);
    if (t && postgres_is_refusal(p)) refuse(t, plan);
    return NULL;
  }
  postgres_columns_made(t);
  t->declared = t->base.columns.count;
  return &t->base;
}

void postgres_free_rows(postgres_table *t) {
  bytes_free(&t->keyed);
  bytes_free(&t->loose);
  bytes_free(&t->state);
  bytes_free(&t->line);
  bytes_free(&t->ids);
  bytes_free(&t->id);
  keyset_free(&t->batch);
}

void postgres_free_table(destination_table *table) {
  postgres_table *t = postgres_table_of(table);
  reset(t);
  postgres_free_rows(t);
  destination_table_clear(table);
  free(t);
}
