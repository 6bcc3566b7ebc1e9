/* Places: which ones a stream has rows of, and rows that get another place's name. */
#include "destination/sqlite_file.h"

#include <string.h>

static const char looking[] = "looking for places";
static const char moving[] = "moving rows to their new place";

bool sqlite_places(destination *d, const char *stream, bool all, bytes *names) {
  sqlite *q = sqlite_of(d);
  sqlite3_stmt *s = sqlite_prepare(q,
                                   "SELECT place FROM (SELECT place, sync FROM _perigee_syncs WHERE stream = ?1"
                                   " AND sync >= (SELECT max(sync) FROM _perigee_syncs) - ?2"
                                   " UNION ALL SELECT place, 0 FROM _perigee_states WHERE stream = ?1)"
                                   " GROUP BY place ORDER BY max(sync) DESC, place",
                                   looking, stream, NULL);
  if (s) sqlite3_bind_int64(s, 2, all ? INT64_MAX : DESTINATION_RECENT);
  bool ok = s != NULL, found = true;
  while (ok && (ok = sqlite_row(q, s, looking, &found)) && found) {
    const char *name = (const char *)sqlite3_column_text(s, 0);
    ok = name && bytes_append(names, name, strlen(name) + 1);
  }
  sqlite3_finalize(s);
  return ok;
}

static bool run(sqlite_table *t, const char *before, const char *after, const char *from) {
  bytes sql = {0};
  bool built = bytes_text(&sql, before) && sqlite_name(&sql, t->name) && bytes_text(&sql, after);
  bool ok = sqlite_do(sqlite_of(t->base.to), moving, built ? sql.data : NULL, t->base.place, from);
  bytes_free(&sql);
  return ok;
}

/* Of a key that is at both places, the row that is at the new one stays. */
static bool move(sqlite_table *t, const char *from) {
  sqlite *q = sqlite_of(t->base.to);
  return run(t, "UPDATE OR IGNORE ", " SET _place = ?1 WHERE _place = ?2", from) &&
         run(t, "DELETE FROM ", " WHERE _place = ?2", from) &&
         sqlite_do(q, moving,
                   "UPDATE OR IGNORE _perigee_states SET place = ?2 WHERE stream = ?1 AND place = ?3"
                   " AND NOT is_replacing",
                   t->base.stream, t->base.place, from) &&
         sqlite_do(q, moving, "DELETE FROM _perigee_states WHERE stream = ?1 AND place = ?2", t->base.stream, from);
}

bool sqlite_move_places(sqlite_table *t, const destination_plan *plan) {
  bool ok = true;
  for (const char *from = plan->former; ok && from && *from; from += strlen(from) + 1)
    ok = strcmp(from, t->base.place) == 0 || move(t, from);
  return ok;
}
