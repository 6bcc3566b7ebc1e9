#include "destination/address.h"

#include "destination/lines.h"
#include "destination/postgres.h"
#include "destination/sqlite.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define KINDS "name a SQLite file, a folder for JSON lines, or postgresql://USER@HOST/DATABASE"

static bool is_folder(const char *text) {
  struct stat is;
  size_t length = strlen(text);
  return (length && text[length - 1] == '/') || (stat(text, &is) == 0 && S_ISDIR(is.st_mode));
}

/* It may hold a password, so no message repeats it. */
static bool is_other_postgres(const char *text) {
  static const char *const beginnings[] = {
      "host=", "hostaddr=", "user=", "dbname=", "service=", "postgres:", "postgresql:"};
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (strncasecmp(text, beginnings[i], strlen(beginnings[i])) == 0) return true;
  return false;
}

static bool refuse(const destination_address *at, bytes *why) {
  const char *scheme = strstr(at->text, "://");
  if (strstr(at->text, "password="))
    bytes_text(why, destination_tells_password);
  else if (is_other_postgres(at->text))
    bytes_text(why, "the address is none of PostgreSQL that is taken; it looks like "
                    "postgresql://USER@HOST:PORT/DATABASE");
  else if (scheme)
    bytes_printf(why, "there is no destination %.*s; " KINDS, (int)(scheme - at->text), at->text);
  else if (strcmp(at->text, "-") == 0)
    bytes_text(why, "standard output is where `perigee read` writes; " KINDS);
  else if (at->schema)
    bytes_printf(why, "--schema is for PostgreSQL, and %s is none; leave it out", at->text);
  return why->length > 0;
}

/* Before anything is made. */
static bool check_options(const destination_address *at, bytes *why) {
  bool folder = !postgres_is(at->text) && is_folder(at->text);
  if (at->is_gzip && !folder)
    bytes_text(why, "--gzip is for JSON lines; a database keeps no files that could be compressed");
  else if (at->is_frozen && folder)
    bytes_printf(why, "%s: --freeze is for tables; JSON lines take every record as it is", at->text);
  return !why->length;
}

destination *address_open(const destination_address *at, bytes *why, destination_code *code) {
  *code = DESTINATION_FOREIGN;
  if (!check_options(at, why)) return NULL;
  if (postgres_is(at->text)) return postgres_open(at, why, code);
  if (refuse(at, why)) return NULL;
  return is_folder(at->text) ? lines_open(at->text, why, code) : sqlite_open(at->text, why, code);
}

bool address_runs(const destination_address *at, int most, bytes *json, bytes *why) {
  if (postgres_is(at->text)) return postgres_runs(at, most, json, why);
  if (refuse(at, why)) return false;
  return is_folder(at->text) ? lines_runs(at->text, most, json, why) : sqlite_runs(at->text, most, json, why);
}

bool address_peek(const destination_address *at, const char *stream, const char *place, bytes *state, bytes *why) {
  if (!check_options(at, why)) return false;
  if (postgres_is(at->text)) return postgres_peek(at, stream, place, state, why);
  if (refuse(at, why)) return false;
  return is_folder(at->text) ? lines_peek(at->text, stream, place, state, why)
                             : sqlite_peek(at->text, stream, place, state, why);
}
