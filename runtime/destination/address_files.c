#include "destination/address_files.h"

#include "base/bytes.h"
#include "destination/postgres.h"
#include "hardening/system_files.h"
#include "json/json_string.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER (LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_FOLDERS)

bool address_files_connects(const char *to) {
  return to && postgres_is(to);
}

static void allow_below_home(landlock *l, const char *name) {
  const char *home = getenv("HOME");
  bytes path = {0};
  if (home && *home && bytes_printf(&path, "%s/%s", home, name)) landlock_allow(l, path.data, LANDLOCK_READ);
  bytes_free(&path);
}

/* ---- PostgreSQL */

/* The value of a parameter, percent-decoded, up to the next one. */
static bool decode(const char *at, bytes *value) {
  size_t left = strcspn(at, "&");
  bool ok = true;
  while (ok && left) {
    json_escape read = json_percent_read(at, left);
    ok = bytes_append(value, read.utf8, read.size);
    at += read.taken, left -= read.taken;
  }
  return ok && value->length;
}

/* Files that the address names in its query. */
static void allow_parameters(landlock *l, const char *to) {
  static const char *const names[] = {"sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile"};
  bytes path = {0};
  for (const char *at = strchr(to, '?'); at; at = strchr(at + 1, '&'))
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      size_t length = strlen(names[i]);
      bytes_clear(&path);
      if (strncmp(at + 1, names[i], length) == 0 && at[1 + length] == '=' && decode(at + length + 2, &path))
        landlock_allow(l, path.data, LANDLOCK_READ);
    }
  bytes_free(&path);
}

/* GSSAPI's, which libpq asks for credentials: a service's ticket goes into the cache of them. */
static void allow_kerberos(landlock *l) {
  const char *cache = getenv("KRB5CCNAME");
  bytes path = {0};
  system_files_allow_variable(l, "KRB5_CONFIG", LANDLOCK_READ);
  if (cache && strncmp(cache, "FILE:", 5) == 0) cache += 5;
  if (cache ? bytes_text(&path, cache) : bytes_printf(&path, "/tmp/krb5cc_%u", (unsigned)getuid()))
    landlock_allow(l, path.data, LANDLOCK_READ | LANDLOCK_WRITE);
  bytes_free(&path);
}

static void allow_postgres(landlock *l, const char *to) {
  static const char *const variables[] = {"PGPASSFILE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGSSLROOTCERT",
                                          "PGSSLCERT",  "PGSSLKEY",      "PGSSLCRL",     "PGSSLCRLDIR"};
  static const char *const paths[] = {"/etc/passwd", "/etc/postgresql-common", "/etc/krb5.conf", "/etc/krb5.conf.d",
                                      "/etc/gss",    "/var/lib/sss/pubconf"};
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
    system_files_allow_variable(l, variables[i], LANDLOCK_READ);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) landlock_allow(l, paths[i], LANDLOCK_READ);
  allow_below_home(l, ".postgresql");
  allow_below_home(l, ".pgpass");
  allow_below_home(l, ".pg_service.conf");
  allow_parameters(l, to);
  allow_kerberos(l);
}

/* ---- files */

/* SQLite makes files beside the one that a link leads to, and some where it only reads. */
static void allow_database(landlock *l, const char *path) {
  char *real = realpath(path, NULL);
  landlock_allow_around(l, real ? real : path, LANDLOCK_READ | LANDLOCK_WRITE);
  system_files_allow_temporary(l);
  free(real);
}

void address_files_allow(landlock *l, const char *to, bool writes) {
  struct stat is;
  size_t length = strlen(to);
  if (postgres_is(to)) {
    allow_postgres(l, to);
  } else if (stat(to, &is) == 0 && S_ISDIR(is.st_mode)) {
    landlock_allow(l, to, writes ? FOLDER : LANDLOCK_READ);
    system_files_allow_temporary(l); /* of the ledger in it */
  } else if (length && to[length - 1] == '/') {
    if (writes) landlock_allow_around(l, to, FOLDER);
    system_files_allow_temporary(l);
  } else {
    allow_database(l, to);
  }
}
