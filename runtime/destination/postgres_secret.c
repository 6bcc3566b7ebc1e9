/* Secrets that a server has changed, such as a refresh token in place of one that was used: kept at once. */
#include "base/clock.h"
#include "destination/postgres_table.h"

static const char keeping[] = "keeping a secret that has changed";

typedef struct kept {
  const char *name, *configured, *value;
} kept;

static bool write(postgres *p, void *with) {
  const kept *k = with;
  char now[CLOCK_TEXT_SIZE] = "";
  clock_format(clock_now(), now);
  return postgres_do(p, keeping,
                     "CREATE TABLE IF NOT EXISTS _perigee_secrets (name text NOT NULL, configured text NOT NULL,"
                     " value text NOT NULL, written text NOT NULL, PRIMARY KEY (name, configured))") &&
         postgres_do(p, keeping,
                     "INSERT INTO _perigee_secrets (name, configured, value, written) VALUES ($1, $2, $3, $4)"
                     " ON CONFLICT (name, configured) DO UPDATE SET value = excluded.value, written = excluded.written",
                     k->name, k->configured, k->value, now);
}

bool postgres_keep_secret(destination *d, const char *name, const char *configured, const char *value) {
  kept k = {name, configured, value};
  return postgres_transact(postgres_of(d), write, &k);
}

bool postgres_kept_secret(destination *d, const char *name, const char *configured, bytes *value) {
  postgres *p = postgres_of(d);
  static const char reading[] = "reading a secret that has changed";
  bool there;
  if (!postgres_find(p, "_perigee_secrets", "%", reading, &there)) return false;
  if (!there) return true;
  PGresult *r = postgres_query(p, reading, "SELECT value FROM _perigee_secrets WHERE name = $1 AND configured = $2",
                               name, configured, (char *)NULL);
  bool ok = true;
  if (r && p->lib->rows(r) == 1) ok = bytes_text(value, postgres_value(p, r, 0, 0));
  return postgres_done(p, r) && ok;
}
