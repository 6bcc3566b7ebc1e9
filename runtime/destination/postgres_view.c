/* Views of a table's arrays of {key, value}: a row for each of them. */
#include "destination/postgres_table.h"

#include <string.h>

static const char planning[] =
    "making the views of a stream (perigee's user must own them, and needs CREATE on the schema)";

/*
 * What functions of JSON refuse, and the type json takes: NUL and halves of a surrogate pair. An escaped backslash is
 * written by its number first, so that none before a `u` is taken for an escape.
 */
#define PLAIN "replace(p.value::text, '\\\\', '\\u005c')"
#define REFUSED                                                                                                        \
  "'\\\\u0000|\\\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\\\u[dD][c-fC-F])|(?<!\\\\u[dD][89abAB][0-9a-fA-F]{2})"               \
  "\\\\u[dD][c-fC-F][0-9a-fA-F]{2}'"
#define PAIR                                                                                                           \
  "CASE WHEN " PLAIN " ~ " REFUSED " THEN regexp_replace(" PLAIN ", " REFUSED                                          \
  ", '\\\\ufffd', 'g')::json ELSE p.value END"

/* The view has columns of some names itself. */
static bool append_key(const char *name, bytes *out) {
  bool taken = strcmp(name, "key") == 0 || strcmp(name, "value") == 0;
  return bytes_text(out, "t.") && postgres_name(out, name) && (!taken || bytes_printf(out, " AS row_%s", name)) &&
         bytes_text(out, ", ");
}

/* Of an array of {key, value} a row each. The owner of the table may have made the column one of jsonb. */
static bool append_view(const postgres_table *t, const char *view, const char *column, bytes *out) {
  bytes list = {0};
  bool ok = bytes_text(&list, "t.") && postgres_name(&list, column) && bytes_text(&list, "::json") &&
            bytes_text(out, "CREATE OR REPLACE VIEW ") && postgres_name(out, view) && bytes_text(out, " AS SELECT ");
  for (size_t i = 0; ok && i < t->key_count; i++) {
    const table_column *c = &t->base.columns.list[t->key_columns[i]];
    if (c->type) ok = append_key(c->name, out);
  }
  ok = ok && bytes_text(out, "t._place, q.pair->>'key' AS key, q.pair->>'value' AS value FROM ") &&
       postgres_name(out, t->name) &&
       bytes_printf(out,
                    " t, json_array_elements(CASE WHEN json_typeof(%s) = 'array' THEN %s END) p,"
                    " LATERAL (SELECT " PAIR " AS pair) q WHERE json_typeof(p.value) = 'object'",
                    list.data, list.data);
  bytes_free(&list);
  return ok;
}

/* One of ours that reads another table: its owner has renamed that, or the column, and the view went along. */
static bool is_astray(postgres_table *t, const char *view, const char *column, bool *astray) {
  static const char sql[] =
      "SELECT 1 FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid WHERE v.relname = $1 AND v.relkind = 'v'"
      " AND v.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $2) AND pg_get_viewdef(v.oid)"
      " LIKE '%json_array_elements(%' AND pg_get_viewdef(v.oid) LIKE '%u005c%' AND NOT EXISTS"
      " (SELECT 1 FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid AND c.relnamespace = v.relnamespace"
      " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid"
      " WHERE d.objid = r.oid AND c.relname = $3 AND a.attname = $4)";
  postgres *p = postgres_of(t->base.to);
  PGresult *r = postgres_query(p, planning, sql, view, p->schema, t->name, column, NULL);
  *astray = r && p->lib->rows(r) > 0;
  return postgres_done(p, r);
}

/* A view of another owner's that has the name is left alone; views that read ours go on with the one in its place. */
static bool create_view(postgres_table *t, const char *field) {
  postgres *p = postgres_of(t->base.to);
  size_t at = columns_named(&t->base.columns, field);
  const table_column *c = at == SIZE_MAX ? NULL : &t->base.columns.list[at];
  bytes name = {0}, sql = {0};
  bool found = true, astray = false;
  if (!c || c->type != POSTGRES_JSON || strlen(t->name) + 1 + strlen(c->name) > postgres_columns.longest) return true;
  bool ok = bytes_printf(&name, "%s_%s", t->name, c->name) && postgres_find(p, name.data, "%", planning, &found) &&
            (!found || is_astray(t, name.data, c->name, &astray));
  if (ok && (!found || astray)) ok = postgres_do_bytes(p, planning, &sql, append_view(t, name.data, c->name, &sql));
  bytes_free(&name);
  return ok;
}

bool postgres_create_views(postgres_table *t, const destination_plan *plan) {
  for (size_t i = 0; i < plan->field_count; i++)
    if (plan->fields[i].is_pairs && !create_view(t, plan->fields[i].name)) return false;
  return true;
}
