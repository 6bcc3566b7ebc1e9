/* Secrets that a server has changed, such as a refresh token in place of one that was used: kept at once. */
#include "base/clock.h"
#include "destination/sqlite_file.h"

static const char keeping[] = "keeping a secret that has changed";

bool sqlite_keep_secret(destination *d, const char *name, const char *configured, const char *value) {
  sqlite *q = sqlite_of(d);
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  return sqlite_begin(q) &&
         sqlite_run(q,
                    "CREATE TABLE IF NOT EXISTS _perigee_secrets (name TEXT NOT NULL, configured TEXT NOT NULL,"
                    " value TEXT NOT NULL, written TEXT NOT NULL, UNIQUE (name, configured))",
                    keeping) &&
         sqlite_do(q, keeping,
                   "INSERT OR REPLACE INTO _perigee_secrets (name, configured, value, written) VALUES (?1, ?2, ?3, ?4)",
                   name, configured, value, now) &&
         sqlite_commit(q);
}

bool sqlite_kept_secret(destination *d, const char *name, const char *configured, bytes *value) {
  sqlite *q = sqlite_of(d);
  static const char reading[] = "reading a secret that has changed";
  bool found;
  if (!sqlite_find(q, "_perigee_secrets", "%", reading, &found)) return false;
  if (!found) return true;
  sqlite3_stmt *s = sqlite_prepare(q, "SELECT value FROM _perigee_secrets WHERE name = ?1 AND configured = ?2", reading,
                                   name, configured, (char *)NULL);
  bool ok = sqlite_row(q, s, reading, &found);
  if (found)
    ok = bytes_append(value, sqlite3_column_text(s, 0), (size_t)sqlite3_column_bytes(s, 0)) ||
         destination_short_of_memory(d, q->path);
  sqlite3_finalize(s);
  return ok;
}
