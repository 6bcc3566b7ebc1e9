#include "destination/postgres.h"

#include "base/clock.h"
#include "base/digest.h"
#include "destination/postgres_table.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT 2 /* 1 had one row a stream in _perigee_syncs */

static const char opening[] = "opening";
static const char making[] = "making perigee's own tables (it needs CREATE on the schema)";

bool postgres_is(const char *text) {
  return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

/* ---- tables of ours */

static const char *const tables[] = {
    "CREATE TABLE _perigee_format (version int NOT NULL, writer text, step bigint)",
    "INSERT INTO _perigee_format (version) VALUES (2)",
    "CREATE TABLE _perigee_tables (stream text PRIMARY KEY, \"table\" text NOT NULL UNIQUE, key text NOT NULL)",
    "CREATE TABLE _perigee_columns (stream text NOT NULL, field text NOT NULL, \"column\" text NOT NULL,"
    " type text NOT NULL, first_seen timestamptz NOT NULL, number bigserial, UNIQUE (stream, \"column\"))",
    "CREATE TABLE _perigee_states (stream text NOT NULL, place text NOT NULL, is_replacing boolean NOT NULL,"
    " state text NOT NULL, written timestamptz NOT NULL, UNIQUE (stream, place, is_replacing))",
    "CREATE TABLE _perigee_syncs (sync bigint NOT NULL, stream text NOT NULL, place text NOT NULL,"
    " began timestamptz NOT NULL, ended timestamptz, result text NOT NULL, message text, new bigint, updated bigint,"
    " unchanged bigint, removed bigint, requests bigint, received_bytes bigint, retries bigint, waits bigint,"
    " waited_seconds double precision, total bigint, UNIQUE (sync, stream, place))"};

static bool make_schema(postgres *p) {
  bytes sql = {0};
  PGresult *r = postgres_query(
      p, opening, "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1", p->schema, NULL);
  bool there = r && p->lib->rows(r) == 1, usable = there && *p->lib->value(r, 0, 0) == 't';
  if (there && !usable)
    destination_fail(&p->base, "%s: its user lacks the right USAGE on the schema %s; grant it, and sync again",
                     p->at.text, p->schema);
  if (!postgres_done(p, r) || there) return usable;
  bool built = bytes_text(&sql, "CREATE SCHEMA ") && postgres_name(&sql, p->schema);
  return postgres_do_bytes(p, "making the schema (it needs CREATE on the database)", &sql, built);
}

/* 0: no sync has written there. */
static bool read_format(postgres *p, int *format) {
  bool there;
  *format = 0;
  if (!postgres_find(p, "_perigee_format", "%", opening, &there)) return false;
  if (!there) return true;
  PGresult *r = postgres_query(p, "reading perigee's own tables", "SELECT max(version) FROM _perigee_format", NULL);
  if (r) *format = (int)postgres_number(p, r, 0, 0);
  return postgres_done(p, r);
}

/* Of the last run, as each looks at the one before: who has the lock is the only one that runs. */
static bool note_untold(postgres *p) {
  return postgres_do(p, "writing",
                     "UPDATE _perigee_syncs SET result = 'interrupted', message = '" DESTINATION_UNTOLD "'"
                     " WHERE result = 'running' AND sync = (SELECT max(sync) FROM _perigee_syncs)");
}

/* What a schema of an older format lacks. */
static bool upgrade(postgres *p, int format) {
  return format >= 2 ||
         (postgres_do(p, making,
                      "ALTER TABLE _perigee_syncs DROP CONSTRAINT IF EXISTS _perigee_syncs_sync_stream_key,"
                      " ADD UNIQUE (sync, stream, place)") &&
          postgres_do(p, making, "UPDATE _perigee_format SET version = 2"));
}

static bool make_tables(postgres *p, void *with) {
  int format;
  bool ok = make_schema(p) && read_format(p, &format);
  if (ok && format > FORMAT) {
    *(destination_code *)with = DESTINATION_FOREIGN;
    return destination_fail(&p->base, "%s: was written by a newer perigee (format %d; this one knows %d)", p->at.text,
                            format, FORMAT);
  }
  for (size_t i = 0; ok && !format && i < sizeof tables / sizeof *tables; i++) ok = postgres_do(p, making, tables[i]);
  if (!ok || (format && !upgrade(p, format)) || !note_untold(p)) return false;
  PGresult *r = postgres_query(p, opening, "SELECT coalesce(max(sync), 0) + 1 FROM _perigee_syncs", NULL);
  if (r) p->run = postgres_number(p, r, 0, 0);
  return postgres_done(p, r);
}

/* ---- its life */

/* Rows with a key may be committed before their state: if that never comes, the next run writes the same rows again. */
static bool flush(destination *d) {
  return postgres_commit(postgres_of(d));
}

/* What waits goes as far as it is covered; after a failure, whatever fails once more is not told. */
static void end_writing(postgres *p) {
  if (!p->connection) return;
  if (p->base.failure.length)
    postgres_fail_runs(p);
  else if (postgres_commit(p))
    (void)postgres_interrupt_runs(p);
}

static void close_database(destination *d) {
  postgres *p = postgres_of(d);
  end_writing(p);
  while (d->tables) {
    destination_table *t = d->tables;
    d->tables = t->next;
    postgres_free_table(t);
  }
  if (d->ledger) d->ledger->calls->close(d->ledger);
  postgres_release(p);
  free(p);
}

static bool lock(postgres *p, destination_code *code) {
  bool got = false;
  if (!postgres_lock(p, &got)) return false;
  if (got) return true;
  *code = DESTINATION_IN_USE;
  return destination_fail(&p->base,
                          "%s: another sync writes to the schema %s; wait for its end, or name another schema",
                          p->at.text, p->schema);
}

/* The lock is the schema's, so that is there first. */
static bool set_up(postgres *p, destination_code *code) {
  unsigned char random[12];
  if (!digest_random(random, sizeof random)) return destination_fail(&p->base, "the system gives no random bytes");
  digest_hex(random, sizeof random, p->writer);
  return postgres_connect(p, code) && make_schema(p) && lock(p, code) && postgres_transact(p, make_tables, code);
}

/* While it is opened, nothing is tried again. */
static void tell(postgres *p, bytes *why) {
  if (p->base.failure.length)
    bytes_append(why, p->base.failure.data, p->base.failure.length);
  else if (p->trouble.length)
    bytes_printf(why, "%s: %s", p->at.text, p->trouble.data);
}

destination *postgres_open(const destination_address *at, bytes *why, destination_code *code) {
  static const destination_calls calls = {.has = postgres_has,
                                          .places = postgres_places,
                                          .table = postgres_plan,
                                          .records = postgres_records,
                                          .state = postgres_state,
                                          .end = postgres_end,
                                          .flush = flush,
                                          .keep_secret = postgres_keep_secret,
                                          .kept_secret = postgres_kept_secret,
                                          .close = close_database};
  postgres *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->base.calls = &calls;
  p->base.ledger = postgres_ledger(p);
  if (p->base.ledger && postgres_prepare(p, at, code) && set_up(p, code)) {
    *code = DESTINATION_OPENED;
    return &p->base;
  }
  tell(p, why);
  postgres_disconnect(p);
  close_database(&p->base);
  return NULL;
}

/* ---- what a database tells, read without writing to it */

static bool end_reading(postgres *p, bool ok, bytes *why) {
  if (!ok) tell(p, why);
  postgres_release(p);
  return ok;
}

static bool open_to_read(postgres *p, const destination_address *at, int *format) {
  destination_code code;
  return postgres_prepare(p, at, &code) && postgres_connect(p, &code) && read_format(p, format);
}

static bool copy_text(postgres *p, PGresult *r, bytes *out) {
  const char *text = r && p->lib->rows(r) == 1 ? postgres_value(p, r, 0, 0) : NULL;
  bool ok = !text || bytes_text(out, text);
  return postgres_done(p, r) && ok;
}

/* Is there a sync that writes to the schema $2? (postgres_lock) */
#define HELD                                                                                                           \
  "EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"       \
  " JOIN pg_namespace n ON n.oid = l.objid AND n.nspname = $2 WHERE l.locktype = 'advisory'"                           \
  " AND l.classid = " POSTGRES_LOCK " AND l.granted)"
#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
static const char runs[] =
    "SELECT coalesce(json_agg(json_build_object('sync', sync, 'stream', stream, 'place', place,"
    " 'began', " TIME("began") ", 'ended', " TIME(
        "ended") ", 'result', CASE WHEN untold THEN 'interrupted' ELSE result END,"
                 " 'message', CASE WHEN untold THEN '" DESTINATION_UNTOLD "' ELSE message END, 'new', new,"
                 " 'updated', updated, 'unchanged', unchanged, 'removed', removed, 'requests', requests,"
                 " 'received_bytes', received_bytes, 'retries', retries, 'waits', waits, 'waited_seconds', "
                 "waited_seconds)"
                 " ORDER BY sync, stream, place), '[]') FROM (SELECT *, result = 'running' AND NOT " HELD
                 " AS untold FROM _perigee_syncs) s"
                 " WHERE sync > (SELECT max(sync) FROM _perigee_syncs) - $1::bigint";

bool postgres_runs(const destination_address *at, int most, bytes *json, bytes *why) {
  postgres p = {0};
  int format = 0;
  char number[16];
  (void)snprintf(number, sizeof number, "%d", most);
  bool ok = open_to_read(&p, at, &format);
  if (ok && !format)
    ok = destination_fail(&p.base, "%s: no sync has written to the schema %s yet", p.at.text, p.schema);
  return end_reading(&p, ok && copy_text(&p, postgres_query(&p, "reading", runs, number, p.schema, NULL), json), why);
}

bool postgres_peek(const destination_address *at, const char *stream, const char *place, bytes *state, bytes *why) {
  postgres p = {0};
  int format = 0;
  bool ok = open_to_read(&p, at, &format);
  if (ok && format)
    ok = copy_text(
        &p,
        postgres_query(&p, "reading",
                       "SELECT state FROM _perigee_states WHERE stream = $1 AND place = $2 AND NOT is_replacing",
                       stream, place, NULL),
        state);
  return end_reading(&p, ok, why);
}
