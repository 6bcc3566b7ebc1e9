/* Places: which ones a stream has rows of, and rows that get another place's name. */
#include "destination/postgres_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char moving[] = "moving rows to their new place";

typedef struct looking {
  const char *stream;
  bool all;
  bytes *names;
} looking;

static bool look(postgres *p, void *with) {
  looking *w = with;
  char recent[24];
  (void)snprintf(recent, sizeof recent, "%" PRId64, w->all ? (int64_t)1 << 62 : (int64_t)DESTINATION_RECENT);
  bytes_clear(w->names);
  PGresult *r = postgres_query(p, "looking for places",
                               "SELECT place FROM (SELECT place, sync FROM _perigee_syncs WHERE stream = $1"
                               " AND sync >= (SELECT max(sync) FROM _perigee_syncs) - $2::bigint"
                               " UNION ALL SELECT place, 0 FROM _perigee_states WHERE stream = $1) s"
                               " GROUP BY place ORDER BY max(sync) DESC, place",
                               w->stream, recent, NULL);
  bool ok = r != NULL;
  for (int i = 0; ok && i < p->lib->rows(r); i++) {
    const char *name = postgres_value(p, r, i, 0);
    ok = name && bytes_append(w->names, name, strlen(name) + 1);
  }
  return postgres_done(p, r) && ok;
}

bool postgres_places(destination *d, const char *stream, bool all, bytes *names) {
  looking w = {stream, all, names};
  return postgres_transact(postgres_of(d), look, &w);
}

/* Of a key that is at both places, the row that is at the new one stays. */
static bool move(postgres_table *t, const char *from) {
  postgres *p = postgres_of(t->base.to);
  bytes rows = {0}, rest = {0};
  bool built = bytes_text(&rows, "UPDATE ") && postgres_name(&rows, t->name) &&
               bytes_text(&rows, " t SET _place = $1 WHERE _place = $2 AND NOT EXISTS (SELECT 1 FROM ") &&
               postgres_name(&rows, t->name) && bytes_text(&rows, " b WHERE b._row = t._row AND b._place = $1)") &&
               bytes_text(&rest, "DELETE FROM ") && postgres_name(&rest, t->name) &&
               bytes_text(&rest, " WHERE _place = $1");
  bool ok =
      postgres_do(p, moving, built ? rows.data : NULL, t->base.place, from) &&
      postgres_do(p, moving, rest.data, from) &&
      postgres_do(p, moving,
                  "UPDATE _perigee_states SET place = $2 WHERE stream = $1 AND place = $3 AND NOT is_replacing"
                  " AND NOT EXISTS (SELECT 1 FROM _perigee_states b WHERE b.stream = $1 AND b.place = $2"
                  " AND NOT b.is_replacing)",
                  t->base.stream, t->base.place, from) &&
      postgres_do(p, moving, "DELETE FROM _perigee_states WHERE stream = $1 AND place = $2", t->base.stream, from);
  bytes_free(&rows);
  bytes_free(&rest);
  return ok;
}

bool postgres_move_places(postgres_table *t, const destination_plan *plan) {
  bool ok = true;
  for (const char *from = plan->former; ok && from && *from; from += strlen(from) + 1)
    ok = strcmp(from, t->base.place) == 0 || move(t, from);
  return ok;
}
