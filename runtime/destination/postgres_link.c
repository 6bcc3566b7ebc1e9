#include "destination/postgres_link.h"

#include <stdlib.h>
#include <string.h>

#define OLDEST_SERVER 100000
#define PATIENCE 180000 /* ms, where no option says */

postgres *postgres_of(destination *d) {
  return (postgres *)d;
}

/* ---- the address */

static const char *option_of(const libpq_option *list, const char *keyword) {
  for (; list->keyword; list++)
    if (strcmp(list->keyword, keyword) == 0) return list->value;
  return NULL;
}

/* libpq marks what is not to be shown. */
static bool tells_secret(const libpq_option *list) {
  for (; list->keyword; list++)
    if (list->value && list->mark && strchr(list->mark, '*')) return true;
  return false;
}

/* A password with a slash in it would be read as a port and a database. */
static bool is_torn(const libpq_option *list) {
  const char *database = option_of(list, "dbname"), *port = option_of(list, "port");
  return (database && strchr(database, '@')) || (port && port[strspn(port, "0123456789,")]);
}

/* What the command line says, others can read. The message does not repeat it. */
static bool check_address(postgres *p, const destination_address *at) {
  libpq_option *list = p->lib->parse(at->text, NULL);
  bool torn = !list || is_torn(list), secret = list && tells_secret(list);
  if (secret)
    destination_fail(&p->base, "%s", destination_tells_password);
  else if (torn)
    destination_fail(&p->base, "the address is none of PostgreSQL; it looks like postgresql://USER@HOST:PORT/DATABASE, "
                               "with %%40 for an @ in a name and no password");
  if (list) p->lib->free_options(list);
  return !torn && !secret;
}

bool postgres_prepare(postgres *p, const destination_address *at, destination_code *code) {
  *code = DESTINATION_FOREIGN;
  p->lib = libpq_load();
  if (!p->lib)
    return destination_fail(&p->base, "PostgreSQL needs its client library libpq.so.5, which is not there; install it "
                                      "(Debian: apt-get install libpq5)");
  if (!check_address(p, at)) return false;
  p->at = *at;
  if (!at->patience) p->at.patience = PATIENCE;
  p->at.text = strdup(at->text);
  p->at.schema = at->schema ? strdup(at->schema) : NULL;
  return p->at.text && (!at->schema || p->at.schema);
}

void postgres_release(postgres *p) {
  postgres_disconnect(p);
  free((char *)p->at.text);
  free((char *)p->at.schema);
  free(p->schema);
  bytes_free(&p->trouble);
  destination_clear(&p->base);
}

/* ---- the password */

/* Of the address's one host, with its port or without; never where it names the machine in another way, too. */
static const char *find_password(const postgres *p) {
  libpq_option *list = p->lib->parse(p->at.text, NULL);
  const char *host = list ? option_of(list, "host") : NULL, *port = list ? option_of(list, "port") : NULL;
  const char *found = NULL;
  bytes url = {0};
  if (host && *host && !strpbrk(host, ",/") && !option_of(list, "hostaddr")) {
    if (bytes_printf(&url, "https://%s:%s", host, port ? port : "5432")) found = secrets_for(p->at.store, url.data);
    bytes_clear(&url);
    if (!found && bytes_printf(&url, "https://%s", host)) found = secrets_for(p->at.store, url.data);
  }
  bytes_free(&url);
  if (list) p->lib->free_options(list);
  return found;
}

/* ---- the connection */

static void ignore_notice(void *with, const char *text) {
  (void)with;
  (void)text;
}

/* What stands before `dbname`, the address may say otherwise. */
static PGconn *open_connection(const postgres *p) {
  const char *keywords[] = {"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                            "tcp_user_timeout", "application_name", "dbname",
                            "client_encoding",  "password",         NULL};
  const char *values[] = {"10", "30", "10", "60000", "perigee", p->at.text, "UTF8", find_password(p), NULL};
  return p->lib->connect(keywords, values, 1);
}

static bool refuse_connection(postgres *p) {
  const libpq *lib = p->lib;
  const char *words = lib->message(p->connection), *help = "";
  int length = (int)strcspn(words, "\n");
  if (lib->needs_password(p->connection))
    help = "; give the password by PGPASSWORD, by a file that PGPASSFILE names, or as one of `secrets` of the "
           "configuration whose host is the database's";
  else if (lib->used_password(p->connection))
    help = "; the password came from PGPASSWORD, PGPASSFILE or ~/.pgpass, or the configuration's `secrets`";
  if (!p->session) return destination_fail(&p->base, "%s: %.*s%s", p->at.text, length, words, help);
  p->again = true;
  bytes_clear(&p->trouble);
  bytes_printf(&p->trouble, "%.*s", length, words);
  return false;
}

static bool check_server(postgres *p, destination_code *code) {
  const char *encoding = p->lib->parameter(p->connection, "server_encoding");
  *code = DESTINATION_FOREIGN;
  if (p->lib->version(p->connection) < OLDEST_SERVER)
    return destination_fail(&p->base, "%s: this server is older than PostgreSQL 10", p->at.text);
  if (!encoding || strcmp(encoding, "UTF8") != 0)
    return destination_fail(&p->base,
                            "%s: this database's encoding is %s, which cannot hold every text; name one of "
                            "encoding UTF8",
                            p->at.text, encoding ? encoding : "not told");
  *code = DESTINATION_REFUSED;
  return true;
}

/* lz4 takes a fifth of the time that the default does; not every server has it. */
static bool compress_fast(postgres *p) {
  return postgres_do(p, "opening",
                     "SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings "
                     "WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)");
}

/*
 * No statement of ours is cut by a time limit of the role's, but none waits for ever for a lock of somebody else's.
 * Rows are looked for by the index, also in a table of which the server knows nothing yet.
 */
static bool set_session(postgres *p) {
  static const char *const settings[] = {"SET statement_timeout = 0",
                                         "SET lock_timeout = 60000",
                                         "SET enable_seqscan = off",
                                         "SET enable_nestloop = off",
                                         "SET jit = off",
                                         "SET standard_conforming_strings = on"};
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof settings / sizeof *settings; i++) ok = postgres_do(p, "opening", settings[i]);
  /* what an owner has made a timestamp without a zone is in UTC, like the others */
  return ok && compress_fast(p) && postgres_do(p, "opening", "SET timezone = 'UTC'");
}

static bool choose_schema(postgres *p) {
  static const char doing[] = "choosing the schema";
  const char *known = p->schema ? p->schema : p->at.schema; /* a later connection goes to the same one */
  PGresult *r = known ? postgres_query(p, doing, "SELECT $1::text", known, NULL)
                      : postgres_query(p, doing, "SELECT current_schema()", NULL);
  const char *name = r ? postgres_value(p, r, 0, 0) : NULL;
  if (r && !name)
    destination_fail(&p->base, "%s: no schema of the user's search_path is there; name one by --schema", p->at.text);
  if (name && !p->schema) p->schema = strdup(name);
  return postgres_done(p, r) && p->schema &&
         postgres_do(p, doing, "SELECT set_config('search_path', quote_ident($1), false)", p->schema);
}

bool postgres_connect(postgres *p, destination_code *code) {
  *code = DESTINATION_REFUSED;
  p->connection = open_connection(p);
  if (!p->connection) return false;
  if (p->lib->status(p->connection) != LIBPQ_CONNECTED) return refuse_connection(p);
  p->lib->set_notices(p->connection, ignore_notice, NULL);
  p->lib->set_nonblocking(p->connection, 1);
  p->session++;
  bool ok = check_server(p, code) && set_session(p) && choose_schema(p);
  if (!ok) postgres_disconnect(p); /* without its schema, a run's last words would go to somebody else's tables */
  return ok;
}

void postgres_disconnect(postgres *p) {
  if (p->connection) p->lib->finish(p->connection);
  p->connection = NULL;
}
