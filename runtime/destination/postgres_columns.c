/* Columns: of a type that stays, each with one beside it once values come that it cannot hold. */
#include "base/clock.h"
#include "destination/postgres_table.h"
#include "page/record.h"

#include <string.h>

/*
 * A row has 8,160 bytes at the most, of which a value takes up to 24 however long it is (longer ones are kept beside
 * the table): 320 fields and our columns fit whatever they hold. Names are cut at 63 bytes by the server.
 */
static const char *const reserved[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "_number", NULL};
const column_rules postgres_columns = {.most = 320, .longest = 63, .is_folded = true, .reserved = reserved};

static const char reading[] = "reading perigee's own tables";
static const char changing[] = "making the columns of a table (perigee's user must own the table)";

/* ---- types */

static const struct {
  const char *name, *compared;
} types[] = {[POSTGRES_UNMADE] = {"", ""},         [POSTGRES_TEXT] = {"text", ""},
             [POSTGRES_BIGINT] = {"bigint", ""},   [POSTGRES_NUMERIC] = {"numeric", ""},
             [POSTGRES_BOOLEAN] = {"boolean", ""}, [POSTGRES_TIME] = {"timestamp with time zone", ""},
             [POSTGRES_JSON] = {"json", "::text"}};

const char *postgres_type_name(postgres_type type) {
  return types[type].name;
}

postgres_type postgres_type_of(unsigned kinds) {
  if (!kinds) return POSTGRES_UNMADE;
  if (!(kinds & ~(unsigned)(RECORD_ARRAY | RECORD_OBJECT))) return POSTGRES_JSON;
  switch (kinds) {
  case RECORD_INTEGER: return POSTGRES_BIGINT;
  case RECORD_NUMBER:
  case RECORD_NUMBER | RECORD_INTEGER: return POSTGRES_NUMERIC;
  case RECORD_BOOLEAN: return POSTGRES_BOOLEAN;
  case COLUMN_TIME: return POSTGRES_TIME;
  default: return POSTGRES_TEXT;
  }
}

/* The owner of a table may have given a column another type that takes ours. POSTGRES_UNMADE: it takes none. */
static postgres_type read_type(const char *name) {
  if (strcmp(name, "character varying") == 0) return POSTGRES_TEXT;
  if (strcmp(name, "jsonb") == 0) return POSTGRES_JSON;
  if (strcmp(name, "timestamp without time zone") == 0) return POSTGRES_TIME;
  if (strcmp(name, "double precision") == 0 || strcmp(name, "real") == 0) return POSTGRES_NUMERIC;
  for (int type = POSTGRES_TEXT; type <= POSTGRES_JSON; type++)
    if (strcmp(name, types[type].name) == 0) return (postgres_type)type;
  return POSTGRES_UNMADE;
}

/* A type that takes some of the values alone would end a sync in the middle, and one that rounds alters them. */
static bool check_type(postgres_table *t, const char *column, const char *type, postgres_type wanted) {
  postgres_type is = read_type(type);
  if (wanted ? is == wanted : is != POSTGRES_UNMADE) return true;
  return destination_fail(t->base.to,
                          "%s: the column \"%s\" of the table %s is now of the type %s, into which perigee cannot "
                          "write; give it one of those that docs/sync.md names (ALTER TABLE %s ALTER \"%s\" TYPE "
                          "text), or drop the table to have it made anew",
                          postgres_of(t->base.to)->at.text, column, t->name, type, t->name, column);
}

/* ---- lists of columns */

static bool append_one(postgres_list how, const char *before, const char *name, postgres_type type, bytes *out) {
  if (how == POSTGRES_ASSIGNED)
    return postgres_name(out, name) && bytes_text(out, " = excluded.") && postgres_name(out, name) &&
           bytes_text(out, ", ");
  bool ok = bytes_text(out, before) && postgres_name(out, name);
  if (how == POSTGRES_DEFINITIONS) ok = ok && bytes_printf(out, " %s", types[type].name);
  return ok && bytes_printf(out, "%s, ", how == POSTGRES_COMPARED ? types[type].compared : "");
}

bool postgres_append_columns(const postgres_table *t, postgres_list how, const char *before, bytes *out) {
  bool ok = true;
  for (size_t i = 0; ok && i < t->base.columns.count; i++) {
    const table_column *c = &t->base.columns.list[i];
    if (c->type) ok = append_one(how, before, c->name, c->type, out);
    if (c->beside) ok = ok && append_one(how, before, c->beside, POSTGRES_TEXT, out);
  }
  return ok && (!t->has_more || append_one(how, before, "_more", POSTGRES_JSON, out));
}

/* ---- what the database has of them */

static bool load(postgres_table *t, const char *field, const char *name, const char *kinds, const char *type) {
  columns *c = &t->base.columns;
  if (strcmp(name, "_more") == 0) {
    t->has_more = true;
    t->more_made = type != NULL;
    return true;
  }
  size_t at = columns_named(c, field);
  if (type && !check_type(t, name, type, at == SIZE_MAX ? POSTGRES_UNMADE : POSTGRES_TEXT)) return false;
  if (at != SIZE_MAX) {
    c->list[at].beside = strdup(name);
    if (type) c->list[at].made |= POSTGRES_BESIDE;
    t->is_altered = t->is_altered || (type && strcmp(type, "text") != 0);
    return c->list[at].beside != NULL;
  }
  at = columns_add(c, field, name, columns_kinds(kinds));
  if (at == SIZE_MAX) return false;
  c->list[at].type = (unsigned char)(type ? read_type(type) : postgres_type_of(c->list[at].kinds));
  t->is_altered = t->is_altered || (type && strcmp(type, types[c->list[at].type].name) != 0);
  c->list[at].made = type ? POSTGRES_COLUMN | POSTGRES_KINDS : POSTGRES_KINDS;
  return true;
}

/* What the table's owner has added keeps its values: a field of that name gets another column. */
static bool reserve_others(postgres_table *t, const char *table) {
  postgres *p = postgres_of(t->base.to);
  PGresult *r =
      postgres_query(p, reading,
                     "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass($2) AND a.attnum > 0"
                     " AND NOT a.attisdropped AND NOT EXISTS (SELECT 1 FROM _perigee_columns c"
                     " WHERE c.stream = $1 AND c.\"column\" = a.attname)",
                     t->base.stream, table, NULL);
  bool ok = true;
  for (int i = 0; r && ok && i < p->lib->rows(r); i++)
    ok = columns_reserve(&t->base.columns, postgres_value(p, r, i, 0));
  return postgres_done(p, r) && ok;
}

/* A column that its owner has dropped is made anew. */
bool postgres_load_columns(postgres_table *t) {
  postgres *p = postgres_of(t->base.to);
  bytes table = {0};
  bool ok = postgres_name(&table, t->name);
  PGresult *r = postgres_query(p, reading,
                               ok ? "SELECT c.field, c.\"column\", c.type, format_type(a.atttypid, a.atttypmod)"
                                    " FROM _perigee_columns c LEFT JOIN pg_attribute a ON a.attrelid = to_regclass($2)"
                                    " AND a.attname = c.\"column\" AND NOT a.attisdropped"
                                    " WHERE c.stream = $1 ORDER BY c.number"
                                  : NULL,
                               t->base.stream, table.data, NULL);
  int count = r ? p->lib->rows(r) : 0;
  for (int i = 0; ok && i < count; i++)
    ok = load(t, postgres_value(p, r, i, 0), postgres_value(p, r, i, 1), postgres_value(p, r, i, 2),
              postgres_value(p, r, i, 3));
  ok = postgres_done(p, r) && ok && reserve_others(t, table.data);
  bytes_free(&table);
  return ok || (!p->again && destination_short_of_memory(&p->base, p->at.text));
}

static bool append_addition(const char *how, const char *name, postgres_type type, bytes *sql) {
  return bytes_printf(sql, " ADD COLUMN %s", how) && postgres_name(sql, name) &&
         bytes_printf(sql, " %s,", types[type].name);
}

/*
 * Those that are not made yet, or `all` that are not there, in one statement. A table of an earlier run may have got a
 * column of such a name from its owner, since we looked: that is an error.
 */
static bool alter(postgres_table *t, const char *table, bool all) {
  const char *how = table == t->name && !t->is_new ? "" : "IF NOT EXISTS ";
  bytes sql = {0};
  bool ok = bytes_text(&sql, "ALTER TABLE ") && postgres_name(&sql, table);
  size_t start = sql.length;
  for (size_t i = 0; ok && i < t->base.columns.count; i++) {
    const table_column *c = &t->base.columns.list[i];
    if (c->type && (all || !(c->made & POSTGRES_COLUMN))) ok = append_addition(how, c->name, c->type, &sql);
    if (c->beside && (all || !(c->made & POSTGRES_BESIDE)))
      ok = ok && append_addition(how, c->beside, POSTGRES_TEXT, &sql);
  }
  if (t->has_more && (all || !t->more_made)) ok = ok && append_addition(how, "_more", POSTGRES_JSON, &sql);
  bool any = !ok || sql.length > start;
  if (ok && any) sql.data[--sql.length] = 0; /* a comma */
  if (any) return postgres_do_bytes(postgres_of(t->base.to), changing, &sql, ok);
  bytes_free(&sql);
  return true;
}

static bool register_column(postgres_table *t, const char *field, const char *name, unsigned kinds) {
  bytes words = {0};
  char now[CLOCK_TEXT_SIZE];
  bool ok = clock_format(clock_now(), now) && columns_describe(kinds, &words) &&
            postgres_do(postgres_of(t->base.to), changing,
                        "INSERT INTO _perigee_columns VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                        t->base.stream, field, name, words.data, now);
  bytes_free(&words);
  return ok;
}

static bool note_kinds(postgres_table *t, const table_column *c) {
  bytes words = {0};
  bool ok = columns_describe(c->kinds, &words) &&
            postgres_do(postgres_of(t->base.to), "noting a column's kinds",
                        "UPDATE _perigee_columns SET type = $3 WHERE stream = $1 AND \"column\" = $2", t->base.stream,
                        c->name, words.data);
  bytes_free(&words);
  return ok;
}

static bool note_column(postgres_table *t, const table_column *c) {
  if (c->type && !(c->made & POSTGRES_COLUMN) && !register_column(t, c->field, c->name, c->kinds)) return false;
  if (c->type && !(c->made & POSTGRES_KINDS) && !note_kinds(t, c)) return false;
  return !c->beside || c->made & POSTGRES_BESIDE || register_column(t, c->field, c->beside, RECORD_STRING);
}

bool postgres_make_columns(postgres_table *t) {
  bool ok = alter(t, t->name, false) && (!t->base.replaces || alter(t, t->beside, false)) &&
            (!t->has_waiting || alter(t, t->waiting, false));
  for (size_t i = 0; ok && i < t->base.columns.count; i++) ok = note_column(t, &t->base.columns.list[i]);
  return ok && (!t->has_more || t->more_made || register_column(t, "", "_more", RECORD_OBJECT));
}

bool postgres_complete_beside(postgres_table *t) {
  return alter(t, t->beside, true);
}

void postgres_columns_made(postgres_table *t) {
  for (size_t i = 0; i < t->base.columns.count; i++) {
    table_column *c = &t->base.columns.list[i];
    if (c->type) c->made |= POSTGRES_COLUMN | POSTGRES_KINDS;
    if (c->beside) c->made |= POSTGRES_BESIDE;
  }
  t->more_made = t->has_more;
}
